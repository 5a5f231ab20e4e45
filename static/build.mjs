// Builds static/dist/: styles (left to right and right to left), scripts, fonts and
// the icons that {% icon %} inlines. Run by `npm run build`; --watch rebuilds styles
// and scripts on change.
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { watch } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import rtlcss from "rtlcss";
import * as sass from "sass";

const here = path.dirname(fileURLToPath(import.meta.url));
const modules = path.join(here, "..", "node_modules");
const dist = path.join(here, "dist");
const target = ["chrome109", "firefox115", "safari16.4"];

function compile(name) {
  return sass.compile(path.join(here, "css", `${name}.scss`), {
    loadPaths: [modules],
    quietDeps: true,
    silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"],
  }).css;
}

async function minify(css) {
  const { code } = await esbuild.transform(css, { loader: "css", minify: true, target });
  return code;
}

async function styles() {
  const bootstrap = compile("_bootstrap");
  const own = compile("app");
  // Our own rules use logical properties only; Bootstrap's need turning round.
  const sheets = {
    "app.css": bootstrap + own,
    "app.rtl.css": rtlcss.process(bootstrap) + own,
    "calendar.css": compile("calendar"),
  };
  for (const [name, css] of Object.entries(sheets)) {
    await writeFile(path.join(dist, name), await minify(css));
  }
}

async function scripts() {
  await esbuild.build({
    entryPoints: ["app", "calendar", "alpine"].map((name) => path.join(here, "js", `${name}.js`)),
    outdir: dist,
    bundle: true,
    format: "iife",
    minify: true,
    legalComments: "external",
    target,
  });
}

async function fonts() {
  const files = path.join(modules, "@fontsource-variable", "atkinson-hyperlegible-next");
  await mkdir(path.join(dist, "fonts"), { recursive: true });
  for (const subset of ["latin", "latin-ext"]) {
    await cp(
      path.join(files, "files", `atkinson-hyperlegible-next-${subset}-wght-normal.woff2`),
      path.join(dist, "fonts", `atkinson-${subset}.woff2`),
    );
  }
  await cp(path.join(files, "LICENSE"), path.join(dist, "fonts", "LICENSE"));
}

async function icons() {
  const names = JSON.parse(await readFile(path.join(here, "icons.json"), "utf8"));
  const shapes = {};
  for (const [name, source] of Object.entries(names)) {
    const svg = await readFile(path.join(modules, "lucide-static", "icons", `${source}.svg`), "utf8");
    const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    shapes[name] = inner.replace(/\s+/g, " ").replace(/> </g, "><").replace(/ \/>/g, "/>").trim();
  }
  await writeFile(path.join(dist, "icons.json"), JSON.stringify(shapes));
  await cp(path.join(modules, "lucide-static", "LICENSE"), path.join(dist, "icons.LICENSE"));
}

await mkdir(dist, { recursive: true });
await Promise.all([styles(), scripts(), fonts(), icons()]);

if (process.argv.includes("--watch")) {
  const rebuild = { css: styles, js: scripts };
  for (const folder of Object.keys(rebuild)) {
    watch(path.join(here, folder), { recursive: true }, () => {
      rebuild[folder]().catch((error) => console.error(error.message));
    });
  }
  console.log("Watching static/css and static/js");
}
