"use strict";
// Fills the table of cases, filters it, and keeps in the address what is filtered and opened, so that it can be sent.
// Text of others becomes text nodes only.
(() => {
  const {columns, marks, statements, cases} = JSON.parse(document.getElementById("data").textContent);
  const verdicts = Object.keys(marks);
  const byId = id => document.getElementById(id);
  const filter = byId("filter"), count = byId("count"), table = byId("table");
  const several = columns.length > 1;
  document.documentElement.classList.add("script");

  const anchor = (kind, name) =>
    kind + "-" + name.replace(/[^A-Za-z0-9._-]/gu, c => "~" + c.codePointAt(0).toString(16));

  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    made.append(...children.filter(child => child !== null && child !== ""));
    return made;
  }

  function mark(verdict) {
    const [sign, word, colour] = marks[verdict];
    return element("span", {class: "mark " + colour},
      element("span", {class: "sign", "aria-hidden": "true"}, sign), " " + word);
  }

  const opens = verdict => verdict !== "passed" && verdict !== "skipped";

  // What a case has come to in one column: a link to its failure, where there is one.
  function cell(given, number) {
    const verdict = verdicts[given.verdicts[number]];
    if (verdict === undefined) return "";
    const shown = mark(verdict), id = anchor("failure-" + (number + 1), given.id);
    return byId(id) ? element("a", {href: "#" + id}, shown) : shown;
  }

  const cells = given => columns.map((_, number) => element("td", null, cell(given, number)));

  function about(label, ...told) {
    return told.length && told[0] ? [element("dt", null, label), element("dd", null, ...told)] : [];
  }

  function lines(parts) {
    return parts.flatMap((part, number) => number ? [element("br"), part] : [part]);
  }

  const word = text => /^[\w@%+=:,.\/-]+$/.test(text) ? text : "'" + text.replaceAll("'", "'\"'\"'") + "'";

  // What is known of a case beyond its row.
  function body(given) {
    const ran = columns.filter((column, number) => column.again && given.verdicts[number] !== null);
    const [changes, turned, irrelevant] = given.doubts || [];
    const caught = given.caught || [];
    const made = element("div", {class: "body"}, element("dl", null,
      ...about("Statement", ...lines((given.cites || []).map(cite =>
        element("a", {href: "#" + anchor("statement", cite)}, statements[cite] || cite)))),
      ...about("Why", given.why),
      ...about("Suite", given.suite),
      ...about("Needs", (given.needs || []).join(", ")),
      ...about("Left out", given.skipped),
      ...about("Doubted", given.doubts && changes + " changes of its replies: " + turned + " turned the verdict, " +
        irrelevant + " may be so"),
      ...about("Broken servers that it noticed", caught.join(", "))));
    for (const column of ran) {
      const at = several ? " at " + column.name + ", spec " + column.spec : "";
      made.append(element("p", {class: "label"}, "Run only this" + at),
        copyable(element("pre", {class: "copy"}, column.again + " " + word(given.id))));
    }
    return made;
  }

  // The rows are made once, and hidden or shown.
  const rows = [];
  function fill() {
    let suite = null, group = null, part = null;
    for (const given of cases) {
      if (given.suite !== suite) {
        suite = given.suite;
        part = element("tbody");
        group = element("tr", {class: "group"},
          element("th", {scope: "rowgroup", colspan: columns.length + 1}, suite));
        part.append(group);
        table.append(part);
      }
      const details = element("details", {id: anchor("row", given.id)}, element("summary", null, given.title + " ",
        element("span", {class: "quiet"}, given.level + " · ", element("code", null, given.id))));
      details.addEventListener("toggle", () => {
        if (details.open && !details.querySelector(".body")) details.append(body(given));
      });
      const row = element("tr", null, element("th", {scope: "row"}, details), ...cells(given));
      part.append(row);
      rows.push({given, row, part, text: [given.id, given.title, given.suite, given.why, given.level,
        ...(given.cites || []), ...(given.needs || [])].join("\n").toLowerCase()});
    }
  }

  function choices(name, values) {
    for (const [value, label] of values) filter.elements[name].append(element("option", {value}, label));
  }

  const occurring = key => [...new Set(cases.map(given => given[key]))].map(value => [value, value]);

  // The verdict "differ" is of a case that does not come to the same everywhere.
  function has(given, verdict) {
    const own = given.verdicts.filter(number => number !== null);
    if (verdict === "differ") return new Set(own).size > 1;
    if (verdict === "not passed") return own.some(number => opens(verdicts[number]));
    return own.includes(verdicts.indexOf(verdict));
  }

  function show() {
    const {text, verdict, level, suite} = wanted();
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    let number = 0;
    const parts = new Map();
    for (const {given, row, part, text: own} of rows) {
      const fits = (!verdict || has(given, verdict)) && (!level || given.level === level) &&
        (!suite || given.suite === suite) && words.every(one => own.includes(one));
      row.hidden = !fits;
      number += fits;
      parts.set(part, parts.get(part) || fits);
    }
    for (const [part, any] of parts) part.hidden = !any;
    count.textContent = number + " of " + rows.length + " cases";
  }

  const NAMES = ["text", "verdict", "level", "suite"];
  const wanted = () => Object.fromEntries(NAMES.map(name => [name, filter.elements[name].value]));

  // The address: what is filtered, and as `open` what is opened last. A plain anchor opens that.
  let written = null;
  function read() {
    const hash = location.hash.slice(1);
    if (hash === written) return;
    written = hash;
    const given = hash.includes("=") ? new URLSearchParams(hash) : new URLSearchParams({open: decoded(hash)});
    if (hash.includes("=") || !hash)
      for (const name of NAMES) {
        filter.elements[name].value = given.get(name) || "";
        if (filter.elements[name].selectedIndex === -1) filter.elements[name].value = "";
      }
    show();
    reveal(given.get("open"));
  }

  function decoded(hash) {
    try { return decodeURIComponent(hash); } catch { return hash; }
  }

  function write(open, asNew) {
    const given = new URLSearchParams(Object.entries(wanted()).filter(([, value]) => value));
    if (open) given.set("open", open);
    written = given.toString();
    if (asNew) location.hash = written;
    else location.replace("#" + written);
    written = location.hash.slice(1);
  }

  function reveal(id) {
    const found = id && byId(id);
    if (!found) return;
    for (let at = found; at; at = at.parentElement) if (at.localName === "details") at.open = true;
    const row = found.closest("#table tr");
    if (row) row.hidden = row.parentElement.hidden = false;
    // A failure's heads are in sight with its first target.
    const failure = found.closest(".failure");
    (failure && failure.querySelector(".at") === found ? failure : found).scrollIntoView({block: "start"});
    (found.localName === "details" ? found.firstElementChild : found).focus({preventScroll: true});
  }

  function copyable(pre) {
    const button = element("button", {type: "button"}, "Copy");
    const box = element("div", {class: "copied"});
    pre.replaceWith(box);
    box.append(pre, button);
    button.addEventListener("click", async () => {
      button.textContent = await copy(pre) ? "Copied" : "Press Ctrl+C";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    return box;
  }

  async function copy(pre) {
    try {
      await navigator.clipboard.writeText(pre.textContent);
      return true;
    } catch { // a page from disk may not be allowed to
      getSelection().selectAllChildren(pre);
      return document.execCommand("copy");
    }
  }

  // The cases of a statement, as rows below its own while it is open: what did not pass comes first.
  function ofStatement(details) {
    const row = details.closest("tr");
    let made = null;
    details.querySelector(".cases").remove();
    details.addEventListener("toggle", event => {
      if (event.target !== details) return;
      made ||= cases.filter(given => (given.cites || []).includes(details.dataset.statement))
        .sort((one, other) => passes(one) - passes(other))
        .map(given => element("tr", {class: "case"}, element("th", {scope: "row"},
          element("a", {href: "#" + anchor("row", given.id)}, given.title), " ",
          element("span", {class: "quiet"}, given.level)), ...cells(given)));
      if (details.open) row.after(...made);
      else made.forEach(one => one.remove());
    });
  }

  const passes = given => !given.verdicts.some(number => number !== null && opens(verdicts[number]));

  fill();
  choices("verdict", [["not passed", "did not pass"], ...(several ? [["differ", "targets differ"]] : []),
    ...verdicts.filter((_, number) => cases.some(given => given.verdicts.includes(number)))
      .map(verdict => [verdict, marks[verdict][1]])]);
  choices("level", occurring("level"));
  choices("suite", occurring("suite"));
  document.querySelectorAll("pre.copy").forEach(copyable);
  document.querySelectorAll("#document details[data-statement]").forEach(ofStatement);

  filter.addEventListener("input", () => { show(); write(null, false); });
  filter.addEventListener("submit", event => event.preventDefault());
  filter.addEventListener("reset", () => setTimeout(() => { show(); write(null, false); }));
  document.addEventListener("click", event => {
    const link = event.target.closest("a[href^='#']"), details = event.target.closest("summary")?.parentElement;
    if (details?.id && !details.open) write(details.id, false);  // it opens now
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const id = decoded(link.getAttribute("href").slice(1));
    write(id, true);
    reveal(id);
  });
  addEventListener("hashchange", read);
  read();
})();
