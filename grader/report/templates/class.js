"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const steps = data.steps, students = data.students;
const ID = 0, NAME = 1, EMAIL = 2, SECTION = 3, ACCOUNT = 4, SCORE = 5, ADJUSTED = 6, OPEN = 7, LATE = 8, DECIDED = 9, ERROR = 10, PAGE = 11, CODES = 12, EARNED = 13;
const WORDS = {p: "passed", h: "in part", f: "failed", u: "not verified", w: "still being built", m: "a person decides", n: "does not apply", x: "not graded"};
const SIGNS = {p: "✓", h: "◐", f: "✗", u: "?", w: "…", m: "✎", n: "–", x: ""};
const PART = 100;
const body = document.getElementById("rows"), more = document.getElementById("more"), said = document.getElementById("said");
const find = document.getElementById("find"), section = document.getElementById("section"), state = document.getElementById("state");
const step = document.getElementById("step"), heads = [...document.querySelectorAll("th[data-key]")];
const texts = students.map(one => [one[ID], one[NAME], one[EMAIL], one[SECTION], one[ACCOUNT], one[ERROR]].join("\n").toLowerCase());
const compare = new Intl.Collator("en", {numeric: true}).compare;
const places = new Map(students.map((one, at) => [one, at]));
let key = "", down = false, found = students, shown = 0;
const points = value => value === null ? "–" : value.toFixed(3).replace(/0$/, "");
function element(name, text, kind) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}
function value(one) {
  if (key.startsWith("step-")) return one[SCORE] === null ? -1 : one[EARNED][+key.slice(5)];
  return {id: one[ID], name: one[NAME], section: one[SECTION], score: one[ADJUSTED] === null ? -1 : one[ADJUSTED], open: one[OPEN], late: one[LATE]}[key];
}
function matches(one, at) {
  if (section.value && one[SECTION] !== section.value) return false;
  const index = step.value === "" ? -1 : +step.value, wanted = state.value, codes = index < 0 ? one[CODES] : one[CODES][index];
  if (wanted === "lost" && !/[fh]/.test(codes)) return false;
  if (wanted === "open" && !(index < 0 ? one[OPEN] > 0 : /[uwm]/.test(codes))) return false;
  if (wanted === "error" && !one[ERROR]) return false;
  if (wanted === "late" && !one[LATE]) return false;
  if (wanted === "decided" && !one[DECIDED]) return false;
  return texts[at].includes(find.value.trim().toLowerCase());
}
function row(one) {
  const made = element("tr"), head = element("th");
  head.scope = "row";
  if (one[PAGE]) {
    const link = element("a", one[ID]);
    link.href = "pages/" + encodeURIComponent(one[PAGE]) + ".html";
    head.append(link);
  } else head.textContent = one[ID];
  if (one[NAME]) head.append(" ", element("span", one[NAME], "soft"));
  made.append(head, element("td", one[SECTION]));
  const score = element("td", points(one[ADJUSTED]), "num");
  if (one[ADJUSTED] !== null && one[ADJUSTED] !== one[SCORE]) score.append(" ", element("span", "(raw " + points(one[SCORE]) + ")", "soft"));
  if (one[DECIDED]) score.append(" ", element("span", "(decided: " + one[DECIDED] + ")", "soft"));
  made.append(score, element("td", one[OPEN] ? points(one[OPEN]) : "", "num"), element("td", one[LATE] ? one[LATE] + " d" : "", "num"));
  if (one[ERROR]) {
    const cell = element("td", one[ERROR], "error");
    cell.colSpan = steps.length;
    made.append(cell);
    return made;
  }
  for (let at = 0; at < steps.length; at++) {
    const code = one[CODES][at], cell = element("td", undefined, "cell " + code);
    const sign = element("span", SIGNS[code]);
    sign.setAttribute("aria-hidden", "true");
    cell.append(sign, element("span", (code === "n" || code === "x" ? "" : points(one[EARNED][at]) + ", ") + WORDS[code], "vh"));
    cell.title = steps[at].id + " " + steps[at].title + ": " + points(one[EARNED][at]) + " of " + points(steps[at].points) + ", " + WORDS[code];
    made.append(cell);
  }
  return made;
}
function extend(count) {
  const rows = document.createDocumentFragment();
  for (const one of found.slice(shown, shown + count)) rows.append(row(one));
  body.append(rows);
  shown = Math.min(found.length, shown + count);
  more.hidden = shown >= found.length;
  more.textContent = "Show " + Math.min(PART, found.length - shown) + " more of " + (found.length - shown);
}
function show() {
  found = students.filter(matches);
  if (key) found.sort((one, other) => {
    const a = value(one), b = value(other), sign = down ? -1 : 1;
    return sign * (typeof a === "string" ? compare(a, b) : a - b) || places.get(one) - places.get(other);
  });
  body.replaceChildren();
  shown = 0;
  extend(PART);
  said.textContent = found.length + " of " + students.length + " students";
  for (const head of heads) {
    if (head.dataset.key === key) head.setAttribute("aria-sort", down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
}
for (const head of heads) head.querySelector("button").addEventListener("click", () => {
  const numeric = !["id", "name", "section"].includes(head.dataset.key);
  down = head.dataset.key === key ? !down : numeric && !head.dataset.key.startsWith("step-");
  key = head.dataset.key;
  show();
});
for (const field of [find, section, state, step]) field.addEventListener("input", show);
more.addEventListener("click", () => {
  const first = shown;
  extend(PART);
  const link = body.children[first] && body.children[first].querySelector("a");
  if (link) link.focus();
});
document.getElementById("reset").addEventListener("click", () => {
  find.value = section.value = state.value = step.value = key = "";
  down = false;
  show();
  find.focus();
});
addEventListener("beforeprint", () => extend(students.length));
show();
})();
