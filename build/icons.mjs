// Draws resources/*.png from the two SVG glyphs, with the Chromium of the tests: `npm run icons` after changing one.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { chromium } from 'playwright'

const resources = new URL('../resources/', import.meta.url)
const executablePath = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path))

/** The tray glyph: black for macOS, which paints templates itself; for others a tone that stands on dark and light. */
const inks = { template: { ink: '#000', flow: '#000' }, tray: { ink: '#2aa7b6', flow: '#2aa7b6' } }
/** The gate up with water below it, or down and dry. */
const gates = {
  open: { drop: 0, water: 'M4.500 12q1.200-1.500 2.300 0t2.300 0 2.300 0' },
  closed: { drop: 5, water: '' },
}

/** @type {[file: string, svg: string, size: number][]} */
const pictures = [
  ...[16, 32, 512].map((size) => /** @type {const} */ ([`icon-${size}.png`, read('icon.svg'), size])),
  .../** @type {const} */ (['open', 'closed']).flatMap((gate) =>
    /** @type {const} */ ([
      ['tray', 'tray'],
      ['template', 'Template'],
    ]).flatMap(([ink, name]) =>
      [1, 2].map((scale) => {
        const base = name === 'tray' ? `tray-${gate}` : `tray-${gate}Template`
        const svg = fill(read('tray.svg'), { ...inks[ink], ...gates[gate] })
        return /** @type {[string, string, number]} */ ([
          `${base}${scale === 2 ? '@2x' : ''}.png`,
          svg,
          16 * scale,
        ])
      }),
    ),
  ),
].map(([file, svg, size]) => [file, svg, size])

/** @param {string} file */
function read(file) {
  return readFileSync(new URL(file, resources), 'utf8')
}

/**
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole))
}

const browser = await chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 })
try {
  const page = await browser.newPage()
  for (const [file, svg, size] of pictures) {
    await page.setViewportSize({ width: size, height: size })
    await page.setContent(
      `<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`,
    )
    writeFileSync(new URL(file, resources), await page.screenshot({ omitBackground: true }))
    console.log(`resources/${file}`)
  }
} finally {
  await browser.close()
}
