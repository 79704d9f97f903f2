// SPDX-License-Identifier: GPL-2.0-or-later
// Opens generated reports in headless Chromium, from disk:
//   node browser_test.mjs PRINT_FAKE_REPORT OUTPUT_FOLDER [CASE]
// Leaves the reports and screenshots of them in OUTPUT_FOLDER. Exit status 77: no browser here.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [program, folder, only] = process.argv.slice(2);
const output = resolve(folder);
const browserPath = process.env.FAULTLINE_CHROMIUM ?? "/usr/bin/chromium";
if (!existsSync(browserPath)) {
  console.log(`skipped: there is no ${browserPath} (apt-get install chromium)`);
  process.exit(77);
}
const { chromium } = createRequire(join(process.env.NODE_PATH, "/"))("playwright-core");
mkdirSync(output, { recursive: true });

function report(kind) {
  const file = join(output, `${kind}.html`);
  writeFileSync(file, execFileSync(program, ["html", kind], { maxBuffer: 64 << 20 }));
  return pathToFileURL(file).href;
}

/** A page that remembers everything that should not happen. */
async function open(browser, url, settings = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    ...settings,
  });
  const page = await context.newPage();
  const trouble = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) trouble.push(message.text());
  });
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("dialog", (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    if (request.url() !== url) trouble.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  if (settings.javaScriptEnabled !== false)
    await page.waitForSelector("html[data-ready]", { state: "attached" });
  return { page, trouble, close: () => context.close() };
}

const screenshot = (page, name) =>
  page.screenshot({ path: join(output, `${name}.png`), fullPage: true });

/** Marks drawn by a chart: paths of an SVG. */
const drawn = (page, selector) => page.locator(`${selector} svg path`).count();

async function noOverflow(page) {
  const [needed, there] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  assert.ok(needed <= there, `the page is ${needed} pixels wide in a window of ${there}`);
}

/** The texts of the rows that are shown, below a heading of the comparisons. */
const column = (page, heading) =>
  page.$$eval(
    "#comparisons tbody tr",
    (rows, wanted) => {
      const headings = [...rows[0].closest("table").tHead.rows[0].cells];
      const i = headings.findIndex((h) => h.textContent === wanted);
      return rows.filter((r) => !r.hidden).map((r) => r.cells[i].textContent);
    },
    heading,
  );

/** What a screen reader would miss: unnamed charts, boxes and fields, tables without headings. */
const unnamed = (page) =>
  page.evaluate(() => {
    const found = [];
    const tell = (what, element) => found.push(`${what}: ${element.outerHTML.slice(0, 120)}`);
    for (const e of document.querySelectorAll('[role="img"], [role="region"], [role="group"], nav'))
      if (!e.getAttribute("aria-label")) tell("no name", e);
    for (const e of document.querySelectorAll("input, select"))
      if (!e.closest("label")?.textContent.trim()) tell("no label", e);
    for (const e of document.querySelectorAll("table")) {
      if (!e.caption) tell("no caption", e);
      for (const heading of e.querySelectorAll("th:not([scope])"))
        if (heading.textContent) tell("no scope", heading);
    }
    for (const e of document.querySelectorAll("section"))
      if (!e.querySelector("h2")) tell("no heading", e);
    for (const e of document.querySelectorAll("nav a"))
      if (!document.getElementById(e.hash.slice(1))) tell("leads nowhere", e);
    if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
    if (document.querySelectorAll("main").length !== 1) found.push("not one main");
    return found;
  });

const cases = {
  async "shows the verdict, the charts and nothing else"(browser) {
    const { page, trouble, close } = await open(browser, report("crash"));
    assert.match(await page.textContent("h1"), /shared is \d+–\d+ × slower than chains/);
    assert.equal(await page.locator("#comparisons tbody tr").count(), 24);
    assert.ok((await drawn(page, "#forest")) >= 24, "a mark for every comparison");
    assert.ok((await drawn(page, "#sweep-chart")) >= 12, "a mark for every median");
    assert.ok((await drawn(page, "#boots-chart")) >= 11, "a mark for every boot");
    assert.equal(await page.locator("svg.topology").count(), 2);
    await page.click("#outcomes summary");
    assert.match(await page.textContent("#outcomes pre"), /Kernel panic/);
    assert.match(await page.textContent("#outcomes table"), /NULL pointer dereference/);
    await noOverflow(page);
    await screenshot(page, "crash");
    assert.deepEqual(trouble, []);
    await close();
  },

  async "sorts by every heading, by mouse and by keyboard"(browser) {
    const { page, trouble, close } = await open(browser, report("quickstart"));
    const heading = (name) => page.locator("#comparisons thead button", { hasText: name });
    await heading("Change").click();
    const numbers = () =>
      page.$$eval("#comparisons tbody tr", (rows) =>
        rows.map((r) => Number(r.querySelector("[data-label=Change]").dataset.sort)));
    const ascending = await numbers();
    assert.deepEqual(ascending, [...ascending].sort((a, b) => a - b));
    await heading("Change").focus();
    await page.keyboard.press("Enter");
    assert.deepEqual(await numbers(), [...ascending].sort((a, b) => b - a));
    assert.equal(await page.getAttribute("#comparisons th:nth-child(6)", "aria-sort"), "descending");
    await heading("Metric").click();
    const metrics = await column(page, "Metric");
    assert.deepEqual(metrics, [...metrics].sort((a, b) => a.localeCompare(b)));
    for (const name of ["Topology", "Verdict"]) {
      await heading(name).click();
      const texts = (await column(page, name)).map((t) => t.toLowerCase());
      assert.deepEqual(texts, [...texts].sort((a, b) => a.localeCompare(b, undefined, { numeric: true })), name);
      assert.notEqual(texts[0], texts[23], name);
    }
    await heading("Step").click(); // By the plan's order, not as text.
    assert.match((await column(page, "Step"))[0], /children=16$/);
    assert.match((await column(page, "Step"))[23], /children=256$/);
    assert.deepEqual(trouble, []);
    await close();
  },

  async "filters the table and the chart alike"(browser) {
    const { page, trouble, close } = await open(browser, report("quickstart"));
    await page.fill("#filter", "two-node REGRESSED");
    for (const text of await column(page, "Topology")) assert.equal(text, "two-node");
    for (const text of await column(page, "Verdict")) assert.match(text, /regressed/);
    const count = (await column(page, "Topology")).length;
    assert.ok(count > 0 && count < 24);
    assert.equal(await page.textContent("#row-count"), `${count} of 24 rows`);
    const some = await drawn(page, "#forest");
    await page.fill("#filter", "");
    assert.equal((await column(page, "Topology")).length, 24);
    assert.ok((await drawn(page, "#forest")) > some);
    await page.check("#primary-only");
    assert.equal((await column(page, "Topology")).length, 6);
    await page.fill("#filter", "no such row");
    assert.equal((await column(page, "Topology")).length, 0);
    assert.deepEqual(trouble, []);
    await close();
  },

  async "redraws the sweep and the boots for other choices"(browser) {
    const { page, trouble, close } = await open(browser, report("quickstart"));
    const before = await page.innerHTML("#sweep-chart");
    await page.uncheck("#sweep-log");
    assert.notEqual(await page.innerHTML("#sweep-chart"), before);
    await page.selectOption("#sweep-choice", { index: 1 });
    const boots = await page.innerHTML("#boots-chart");
    await page.selectOption("#boots-step", { index: 0 });
    assert.notEqual(await page.innerHTML("#boots-chart"), boots);
    await page.hover("#boots-chart", { position: { x: 400, y: 150 } });
    assert.deepEqual(trouble, []);
    await close();
  },

  async "says what moved along, and sorts it"(browser) {
    const { page, trouble, close } = await open(browser, report("explained"));
    const first = page.locator("#why details.why").first();
    assert.ok(await first.evaluate((e) => e.open), "the strongest difference is unfolded");
    assert.match(await first.locator("h3").textContent(), /children=256, one-node: walk_seconds ×/);
    const table = first.locator("table").first();
    assert.match(await table.locator("tbody tr").first().textContent(), /anon_vmas[^]*×257/);
    await table.locator("thead button", { hasText: "Counter" }).click();
    const names = await table.locator("tbody th").allTextContents();
    assert.deepEqual(names, [...names].sort((a, b) =>
      a.toLowerCase().localeCompare(b.toLowerCase(), undefined, { numeric: true })));
    assert.match(await first.textContent(), /Lock contention by lock.*not judged/);
    assert.match(await first.textContent(), /folio_lock_anon_vma_read/);
    await noOverflow(page);
    await screenshot(page, "explained");
    assert.deepEqual(trouble, []);
    await close();
  },

  async "walks, zooms and searches the flame graph from the keyboard"(browser) {
    const { page, trouble, close } = await open(browser, report("explained"));
    const flame = page.locator("#why details.why").first().locator(".flame");
    const graph = flame.locator("svg");
    const told = () => flame.locator(".flame-details").textContent();
    const frames = () => graph.locator("[role=treeitem]").count();
    const all = await frames();
    assert.ok(all > 15);
    await graph.focus();
    assert.match(await told(), /^all: chains 100.0 %, shared 100.0 %/);
    await page.keyboard.press("ArrowDown");
    assert.match(await told(), /^rmap-walk: /);
    for (let i = 0; i < 3; ++i) await page.keyboard.press("ArrowDown");
    assert.match(await told(), /^ksys_write: .*\+\d+\.\d+ points/);
    await page.keyboard.press("ArrowRight");
    assert.match(await told(), /^__do_sys_clone: .*−\d+\.\d+ points/);
    assert.equal(await graph.getAttribute("aria-activedescendant"),
      await graph.locator("[aria-selected=true]").getAttribute("id"));
    await page.keyboard.press("Enter");
    assert.ok((await frames()) < all, "the others are gone");
    assert.equal(await graph.locator(".above").count(), 4);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await flame.locator("button").click();
    assert.equal(await frames(), all);
    await flame.locator("input").fill("PAGE_VMA");
    assert.match(await flame.locator("[role=status]").first().textContent(), /^1 found: chains /);
    assert.equal(await graph.locator(".match").count(), 1);
    const before = await graph.innerHTML();
    await flame.locator("select").selectOption("arm");
    assert.notEqual(await graph.innerHTML(), before);
    await graph.locator("[role=treeitem]").nth(1).click();
    assert.deepEqual(trouble, []);
    await close();
  },

  async "draws what the instrument counted, in instructions"(browser) {
    const { page, trouble, close } = await open(browser, report("exact"));
    const first = page.locator("#why details.why").first();
    assert.match(await first.locator("caption").first().textContent(), /^Executed in this step, exact/);
    const graph = first.locator(".flame svg");
    await graph.focus();
    await page.keyboard.press("ArrowDown");
    assert.match(await first.locator(".flame-details").textContent(),
      /^do_syscall_64: chains [\d,]+, shared [\d,]+, \+122,683,392 instructions$/);
    await noOverflow(page);
    await screenshot(page, "exact");
    assert.deepEqual(trouble, []);
    await close();
  },

  async "can be read aloud and walked by Tab"(browser) {
    for (const kind of ["explained", "exact", "crash", "hostile", "one-block", "empty"]) {
      const { page, trouble, close } = await open(browser, report(kind));
      assert.deepEqual(await unnamed(page), [], kind);
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
      await page.keyboard.press("Tab");
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      assert.equal(outline, "solid");
      assert.deepEqual(trouble, []);
      await close();
    }
  },

  async "unfolds what a link leads to"(browser) {
    const { page, trouble, close } = await open(browser, report("explained"));
    await page.click("#kernels table a");
    await page.waitForFunction(() => document.querySelector("#series-0-0").open);
    await page.click("#series-0-0 details summary");
    assert.match(await page.textContent("#series-0-0 pre"), /share the anon_vma/);
    assert.deepEqual(trouble, []);
    await close();
  },

  async "shows what a point is, as text"(browser) {
    const { page, trouble, close } = await open(browser, report("hostile"));
    await page.locator("#forest").scrollIntoViewIfNeeded();
    const points = page.locator("#forest svg path[transform]");
    await points.nth(3).hover({ force: true });
    await page.waitForFunction(() => document.body.textContent.includes("against chains</scr"));
    assert.deepEqual(trouble, []);
    await close();
  },

  async "runs nothing and loads nothing that names and consoles ask for"(browser) {
    const { page, trouble, close } = await open(browser, report("hostile"));
    assert.notEqual(await page.title(), "owned");
    assert.equal(await page.locator("img").count(), 0);
    assert.equal(await page.locator("script").count(), 2);
    for (const details of await page.locator("details").all())
      await details.evaluate((element) => (element.open = true));
    const text = await page.evaluate(() => document.body.textContent);
    assert.ok(!/[\u202a-\u202e\u2066-\u2069\u200b\u0000-\u0008\u001b]/.test(text));
    // Markup that gets into the page all the same is refused by the policy.
    await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "document.title = 'owned'";
      document.body.append(script);
      const image = document.createElement("img");
      image.src = "other.png";
      document.body.append(image);
    });
    assert.notEqual(await page.title(), "owned");
    const policy = trouble.filter((t) => /Content Security Policy/.test(t));
    assert.equal(policy.length, 2, trouble.join("\n"));
    assert.deepEqual(trouble.filter((t) => !policy.includes(t) && !t.endsWith("/other.png")), []);
    await noOverflow(page);
    await screenshot(page, "hostile");
    await close();
  },

  async "shows whole verdicts where there is room"(browser) {
    const { page, close } = await open(browser, report("crash"), {
      viewport: { width: 1400, height: 800 },
    });
    await page.uncheck("#primary-only");
    // As long as names become: page-fault has this metric, and steps of three parameters.
    await page.$$eval("#comparisons tbody tr", (rows) => {
      for (const row of rows) {
        row.cells[0].firstChild.nodeValue = "operations_per_second";
        row.cells[1].textContent = "test=page_fault1 form=processes tasks=16";
      }
    });
    const hidden = await page.$eval("#comparisons", (table) =>
      table.parentElement.scrollWidth - table.parentElement.clientWidth);
    assert.equal(hidden, 0, `${hidden} pixels of the table are out of sight`);
    await close();
  },

  async "fits into 400 pixels"(browser) {
    for (const kind of ["crash", "hostile", "explained"]) {
      const { page, trouble, close } = await open(browser, report(kind), {
        viewport: { width: 400, height: 800 },
      });
      await noOverflow(page);
      for (const details of await page.locator("details").all())
        await details.evaluate((element) => (element.open = true));
      await noOverflow(page);
      assert.ok((await drawn(page, "#forest")) >= 20);
      const tall = await page.$$eval("#sweep tbody tr", (rows) =>
        Math.max(0, ...rows.map((row) => row.offsetHeight)));
      if (kind === "crash") assert.ok(tall > 0 && tall < 90, `a row of ${tall} pixels`);
      const wide = await page.$$eval("caption:not(.unseen)", (all) =>
        Math.max(0, ...all.map((caption) => caption.offsetWidth)));
      assert.ok(wide < 400, `a caption of ${wide} pixels`);
      await screenshot(page, `${kind}-400`);
      assert.deepEqual(trouble, []);
      await close();
    }
  },

  async "follows the dark mode, also when it changes"(browser) {
    const { page, trouble, close } = await open(browser, report("crash"), { colorScheme: "dark" });
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await ground();
    const chart = await page.innerHTML("#sweep-chart");
    await screenshot(page, "crash-dark");
    const other = await open(browser, report("explained"), { colorScheme: "dark" });
    await screenshot(other.page, "explained-dark");
    await other.close();
    await page.emulateMedia({ colorScheme: "light" });
    assert.notEqual(await ground(), dark);
    await page.waitForFunction(
      (old) => document.querySelector("#sweep-chart").innerHTML !== old, chart);
    assert.deepEqual(trouble, []);
    await close();
  },

  async "tells the essential without JavaScript"(browser) {
    const { page, close } = await open(browser, report("quickstart"), {
      javaScriptEnabled: false,
    });
    assert.ok(await page.locator("h1").isVisible());
    assert.equal(await page.locator("#comparisons svg.bar").count(), 24);
    assert.ok(!(await page.locator("#forest").isVisible()));
    assert.ok(!(await page.locator(".chart").first().isVisible()));
    await screenshot(page, "quickstart-no-script");
    await close();
  },

  async "prints"(browser) {
    const { page, trouble, close } = await open(browser, report("crash"), { colorScheme: "dark" });
    await page.emulateMedia({ media: "print" });
    assert.ok(!(await page.locator("#filter").isVisible()));
    assert.ok(!(await page.locator("nav").isVisible()));
    const pdf = await page.pdf({ path: join(output, "crash.pdf"), format: "A4" });
    assert.ok(pdf.length > 20_000);
    await page.setViewportSize({ width: 794, height: 1123 });
    await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth);
    await screenshot(page, "crash-print");
    assert.deepEqual(trouble, []);
    await close();
  },

  async "breaks pages between charts, not in them"(browser) {
    const { page, trouble, close } = await open(browser, report("explained"));
    await page.emulateMedia({ media: "print" });
    const styles = (selector, property) =>
      page.$$eval(selector, (all, wanted) =>
        [...new Set(all.map((e) => getComputedStyle(e)[wanted]))], property);
    assert.deepEqual(await styles(".chart, .flame", "breakInside"), ["avoid"]);
    assert.deepEqual(await styles("details.why", "breakInside"), ["auto"], "longer than a page");
    assert.deepEqual(await styles("details.why > summary", "breakAfter"), ["avoid"]);
    // A heading that is repeated on the next page is not drawn as a button.
    assert.deepEqual(await styles("thead button", "display"), ["contents"]);
    assert.ok(!(await page.locator(".flame-help").first().isVisible()));
    assert.deepEqual(trouble, []);
    await close();
  },

  async "stands one block and nothing at all"(browser) {
    for (const kind of ["one-block", "empty"]) {
      const { page, trouble, close } = await open(browser, report(kind));
      await noOverflow(page);
      await screenshot(page, kind);
      assert.deepEqual(trouble, []);
      await close();
    }
  },

  async "stays usable with a million samples"(browser) {
    const start = Date.now();
    const { page, trouble, close } = await open(browser, report("1000000"));
    assert.match(await page.textContent("#boots-note"), /boots drawn/);
    assert.ok((await drawn(page, "#boots-chart")) > 500);
    await screenshot(page, "large");
    assert.deepEqual(trouble, []);
    console.log(`  made and drawn in ${Date.now() - start} ms`);
    await close();
  },
};

const profile = mkdtempSync(join(tmpdir(), "faultline-browser-"));
const browser = await chromium.launch({
  executablePath: browserPath,
  headless: true,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
  env: { ...process.env, HOME: profile },
});
let failed = 0;
for (const [name, run] of Object.entries(cases)) {
  if (only && !name.includes(only)) continue;
  try {
    await run(browser);
    console.log(`ok: ${name}`);
  } catch (error) {
    ++failed;
    console.log(`FAILED: ${name}\n${error.stack}`);
  }
}
await browser.close();
rmSync(profile, { recursive: true, force: true });
process.exit(failed > 0 ? 1 : 0);
