"""The deployment as a picture shows it: subnets, tables, gateways and hops, each with what is wrong at it."""
