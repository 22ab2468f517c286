// Opens pages of scripts/report in Chromium, from disk and without a network, as readers do. report_browser_test.py
// makes the pages and calls it.
//
// usage: node report_browser.js CHROMIUM PAGES SCREENS, with playwright-core and axe-core in NODE_PATH
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");
const {pathToFileURL} = require("node:url");
const axe = require("axe-core");
const {chromium} = require("playwright-core");

const [executablePath, pages, screens] = process.argv.slice(2);
const SCHEMES = ["light", "dark"], WIDTHS = [1280, 360];
const FAILURE = "#failure-5-keys-long-letters";
let browser;

test.before(async () => {
  fs.mkdirSync(screens, {recursive: true});
  // Root, and many a container, can have no sandbox; the pages are ours.
  browser = await chromium.launch({executablePath, args: ["--no-sandbox"]});
});
test.after(() => browser.close());

// A tab that may load nothing but files, and which fails the test for each complaint of the browser.
async function tab(t, {width = 1280, scheme = "light", javaScriptEnabled = true} = {}) {
  const context = await browser.newContext(
    {viewport: {width, height: 900}, colorScheme: scheme, javaScriptEnabled, offline: true});
  const page = await context.newPage();
  const complaints = [], requests = [];
  page.on("console", message => complaints.push(message.text()));
  page.on("pageerror", error => complaints.push(String(error)));
  page.on("dialog", dialog => { complaints.push("a dialog: " + dialog.message()); dialog.dismiss(); });
  page.on("request", request => requests.push(request.url()));
  t.after(async () => {
    await context.close();
    assert.deepEqual(complaints, []);
    assert.deepEqual(requests.filter(url => !url.startsWith("file:")), []);
  });
  return page;
}

const address = (name, hash = "") => pathToFileURL(path.join(pages, name + ".html")).href + hash;

async function assertAccessible(page, what) {
  await page.evaluate(axe.source);
  const {violations} = await page.evaluate(() => window.axe.run(document, {resultTypes: ["violations"]}));
  const told = violations.map(one => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map(node => node.html)}`);
  assert.deepEqual(told, [], what);
}

const isInSight = node => node.getBoundingClientRect().bottom < innerHeight;

async function assertFits(page, width, what) {
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, what);
}

// Of the statements, which have hundreds of rows that are alike, some.
const openAll = page => page.evaluate(() => document.querySelectorAll("details").forEach((details, number) => {
  if (!details.closest("[hidden]") && !(details.dataset.statement && number % 8)) details.open = true;
}));

const text = page => page.getByRole("searchbox", {name: "Text"});
const rows = page => page.locator("#table tbody tr:not(.group):visible");

for (const name of fs.readdirSync(pages).map(file => path.basename(file, ".html")))
  for (const scheme of SCHEMES)
    for (const width of WIDTHS)
      test(`${name}, ${scheme}, ${width}: it fits, and nothing bars anybody`, async t => {
        const page = await tab(t, {width, scheme});
        // Hundreds of rows are alike: of the cases these are enough.
        await page.goto(address(name, name === "hostile" ? "" : "#text=long"));
        await assertFits(page, width, "as it opens");
        await page.evaluate(() => scrollTo(0, 0));
        await page.screenshot({path: path.join(screens, `${name}-${scheme}-${width}.png`)});
        await openAll(page);
        await assertFits(page, width, "all opened");
        // Once wide and once narrow, each in other colours: axe takes half a minute for a matrix.
        if ((width === 1280) === (scheme === "light")) await assertAccessible(page, "all opened");
      });

test("all cases, too, bar nobody", async t => {
  const page = await tab(t);
  await page.goto(address("matrix"));
  await assertAccessible(page, "as it opens");
});

test("what broke is in sight, and a click away", async t => {
  const page = await tab(t);
  await page.goto(address("matrix"));
  for (const told of ["FAILED at 1 of 5 targets", "What broke", "Clients work with a value that was never stored."])
    assert.ok(await page.getByText(told).first().evaluate(isInSight), told);
  await page.getByRole("link", {name: /^\d+ failures$/}).click();
  await page.getByRole("heading", {name: /^Failures/}).waitFor();
  assert.ok(await page.locator("#failures .difference").first().isVisible());
});

test("cases are filtered, and the address says how", async t => {
  const page = await tab(t);
  await page.goto(address("matrix"));
  const all = await rows(page).count();
  assert.ok(all > 700, `${all}`);
  await text(page).fill("LONG letters");
  assert.ok((await page.locator("#count").textContent()).startsWith(`${await rows(page).count()} of ${all} `));
  assert.ok(await rows(page).count() < 20);
  await page.getByLabel("Verdict").selectOption("failed");
  assert.equal(await rows(page).count(), 1);
  assert.match(await rows(page).textContent(), /keys-long-letters/);
  assert.match(page.url(), /#text=LONG\+letters&verdict=failed$/);

  await page.reload();
  assert.equal(await text(page).inputValue(), "LONG letters");
  assert.equal(await rows(page).count(), 1);

  await page.getByRole("button", {name: "Show all"}).click();
  await page.waitForFunction(all => document.getElementById("count").textContent.startsWith(`${all} of`), all);
  await page.getByLabel("Level").selectOption("should");
  const should = await rows(page).count();
  await page.getByLabel("Suite").selectOption({index: 1});
  assert.ok(await rows(page).count() < should && should < all);
  await page.getByRole("button", {name: "Show all"}).click();
  await page.getByLabel("Verdict").selectOption("targets differ");
  await page.waitForFunction(() => location.hash === "#verdict=differ");
  const differ = await rows(page).count();
  assert.ok(differ > 0 && differ < 50, `${differ}`);
});

test("a click on a failing cell opens that failure of that target", async t => {
  const page = await tab(t);
  await page.goto(address("matrix", "#verdict=failed"));
  await rows(page).filter({hasText: "keys-long-letters"}).getByRole("link", {name: "failed"}).click();
  const failure = page.locator(FAILURE);
  await failure.waitFor();
  assert.ok(await failure.evaluate(node => node.getBoundingClientRect().top < innerHeight));
  assert.ok(await failure.evaluate(node => node === document.activeElement));
  assert.equal(await failure.locator(".expected mark").textContent(), "1");
  assert.equal(await failure.locator(".actual mark").textContent(), "2");
  assert.match(await failure.locator(".exchange").first().textContent(), /cache\.fetch.*<methodName>.*200 OK/s);
  assert.match(await failure.locator("pre.copy").first().textContent(), /cache-conformance .* keys-long-letters$/);
  await page.screenshot({path: path.join(screens, "failure.png")});

  // What was sent to somebody else opens the same.
  const sent = page.url();
  assert.match(sent, /#verdict=failed&open=failure-5-keys-long-letters$/);
  const other = await tab(t);
  await other.goto(sent);
  assert.ok(await other.locator(FAILURE).isVisible());
  assert.equal(await other.getByLabel("Verdict").inputValue(), "failed");
  await page.goBack();
  assert.match(page.url(), /#verdict=failed$/);
});

test("the address says what was opened by hand, and nothing at first", async t => {
  const page = await tab(t);
  for (let times = 0; times < 5; ++times) {
    await page.goto(address("failures"));
    await page.evaluate(() => new Promise(done => setTimeout(done)));  // behind the events of what is open already
    assert.equal(await page.evaluate(() => location.hash), "");
    await page.goto("about:blank");
  }
  await page.goto(address("failures"));
  const closed = page.locator("details.failure:not([open])").first();
  const id = await closed.getAttribute("id");
  await closed.locator("> summary").focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(id => location.hash === "#open=" + id, id);
  await page.reload();
  assert.ok(await page.locator(`[id="${id}"]`).evaluate(node => node.open));
});

test("a command is copied, from a page on disk", async t => {
  const page = await tab(t);
  await page.goto(address("matrix", FAILURE));
  const command = page.locator(FAILURE).locator("pre.copy").first();
  const button = page.locator(FAILURE).getByRole("button", {name: "Copy"}).first();
  await button.click();
  await page.locator(FAILURE).getByRole("button", {name: "Copied"}).waitFor();
  await text(page).focus();
  await page.keyboard.press("Control+V");
  assert.equal(await text(page).inputValue(), await command.textContent());
});

test("a statement shows its cases, and the servers that break it", async t => {
  const page = await tab(t);
  await page.goto(address("matrix"));
  const statement = page.locator("#statement-store");
  await statement.locator("> summary").click();
  const own = page.locator("#document tr.case");
  await own.first().waitFor();
  assert.ok(await own.count() > 20);
  assert.match(await own.first().textContent(), /failed/);
  await statement.locator(".mutants summary").click();
  assert.match(await statement.locator(".mutants").textContent(), /key-cut-at-255/);
  assert.equal(await page.locator("#document tr.case").count(), await own.count());
  await statement.locator("> summary").click();
  await own.first().waitFor({state: "detached"});
  await page.locator("#statement-fetch > summary").click();
  await own.first().getByRole("rowheader").getByRole("link").click();
  assert.match(page.url(), /open=row-/);
  await page.locator("#table details[open] .body").waitFor();
});

test("the keyboard reaches it all, and one sees where it is", async t => {
  const page = await tab(t);
  await page.goto(address("matrix"));
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "To the document");
  assert.ok(await page.locator(".skip").evaluate(node => node.getBoundingClientRect().width > 50));
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), "solid");
  await page.locator("#statement-store > summary").focus();
  await page.keyboard.press("Enter");
  assert.ok(await page.locator("#statement-store").evaluate(node => node.open));
  await rows(page).locator("a").first().focus();
  await page.keyboard.press("Enter");
  assert.match(page.url(), /open=failure-5-/);
});

test("a narrow window scrolls the matrix, not the page, and its head stays", async t => {
  const page = await tab(t, {width: 360});
  await page.goto(address("matrix"));
  const region = page.getByRole("region", {name: "Statements, a table"});
  await region.focus();
  await region.evaluate(node => node.scrollTo(200, 300));
  const scrolled = await region.evaluate(node => [node.scrollLeft > 100, node.scrollTop > 200, scrollX]);
  assert.deepEqual(scrolled, [true, true, 0]);
  const [box, head] = await region.evaluate(node =>
    [node, node.querySelector("thead th")].map(one => one.getBoundingClientRect().top));
  assert.ok(Math.abs(box - head) < 3, `${box} ${head}`);
});

test("without JavaScript the document and the failures are there", async t => {
  const page = await tab(t, {javaScriptEnabled: false});
  await page.goto(address("matrix"));
  assert.ok(await page.locator("#statement-kept-until-deleted > summary").isVisible());
  assert.ok(await page.locator(".difference").first().isVisible());
  assert.ok(await page.getByText("The table of all cases needs JavaScript").isVisible());
  await page.locator(`#document td a[href^="#failure-5-"]`).first().click();
  assert.match(page.url(), /#failure-5-/);
  await page.locator(new URL(page.url()).hash).waitFor();  // the browser opens what it is in
});

test("text of others stays text", async t => {
  const page = await tab(t);
  await page.goto(address("hostile"));
  await openAll(page);
  assert.equal(await page.locator("img, iframe, object, #injected").count(), 0);
  await page.locator("#document td a").first().click();
  await page.locator(".at:focus").waitFor();
  assert.match(await page.locator(".at:focus").textContent(), /<\/script><img src=x/);
  await text(page).fill("onerror");
  assert.equal(await rows(page).count(), 1);
  await rows(page).getByRole("link", {name: "failed"}).click();
  await page.locator(".at:focus").waitFor();
  const parameter = encodeURIComponent("\"><img id=injected src=x onerror=alert(1)>");
  await page.goto(address("hostile", `#text=${parameter}&verdict=${parameter}&open=${parameter}`));
  await page.reload();
  assert.equal(await page.locator("img, #injected").count(), 0);
  await page.goto(address("hostile", "#%E0%A4%A"));
});
