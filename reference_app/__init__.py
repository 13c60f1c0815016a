"""The sentiment service that the lab deploys: its code, model, image and CloudFormation template."""
