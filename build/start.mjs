// `npm start`: builds what is not built, then opens the desktop window where there can be one, and else serves the same
// window to a browser. Arguments after `--` go to the program; --browser asks for the browser at once.
// Runs under whatever Node npm finds, 20 too.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findNode, launch, oldestNode } from '../bin/launch.js'
import { fetchElectron, findElectron } from './electron-binary.mjs'
import { endWithNpm } from './end-with-npm.mjs'
import { whyBuild } from './freshness.mjs'

/** An Electron that fails within this time, in milliseconds, never showed a window. */
const stillborn = 5000

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const node = Number(process.versions.node.split('.')[0]) >= oldestNode ? process.execPath : findNode(root)
const args = process.argv.slice(2).filter((arg) => arg !== '--browser')

/** @param {string} line */
const say = (line) => console.log(`sluicegate: ${line}`)

async function main() {
  await build()
  const reason = process.argv.includes('--browser') ? 'the browser was asked for' : await openWindow()
  if (reason === undefined) return
  say(`no desktop window, because ${reason}; serving the window to a browser instead.`)
  process.argv.splice(1, Infinity, join(root, 'bin/sluicegate.js'), 'serve', '--open-hint', ...args)
  await launch('sluicegate', 'out/main/cli.js')
}

async function build() {
  const why = whyBuild(root)
  if (why === undefined) return
  const builder = join(root, 'node_modules/.bin/electron-vite')
  if (!existsSync(builder)) return fail('the packages are not installed; run: npm ci')
  if (node === undefined) return fail(`Node ${oldestNode} or newer is needed, and none came with npm ci`)
  say(`building (${why}) …`)
  const begun = Date.now()
  const status = await run(node, [realpathSync(builder), 'build'])
  if (status !== 0) return fail('the build failed, see above')
  say(`built in ${((Date.now() - begun) / 1000).toFixed(1)} s`)
}

/** Opens the desktop window and answers when it is closed; where there can be none, answers why. */
async function openWindow() {
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY'])
    return 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)'
  if (findElectron().path === undefined) {
    if (node === undefined) return `Electron's installer needs Node ${oldestNode}`
    say(`fetching Electron, once; given up after 20 s without progress …`)
    const stop = new AbortController()
    const interrupted = () => stop.abort()
    for (const signal of endings) process.on(signal, interrupted)
    const failure = await fetchElectron({ node, say, stop: stop.signal })
    for (const signal of endings) process.off(signal, interrupted)
    if (stop.signal.aborted) return fail('interrupted')
    if (failure !== undefined) return failure
  }
  const { path, reason } = findElectron()
  if (path === undefined) return reason
  // Chromium refuses its sandbox to root.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const begun = Date.now()
  const status = await run(path, [...asRoot, root, ...args])
  if (status !== 0 && Date.now() - begun < stillborn)
    return `Electron could not start here (status ${status})`
  process.exitCode = status
  return undefined
}

/** @type {NodeJS.Signals[]} */
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a program in the foreground and answers its exit status. What would end us ends it: a terminal's Ctrl-C has
 * reached it already, so only the others are passed on.
 * @param {string} program
 * @param {string[]} programArgs
 * @returns {Promise<number>}
 */
async function run(program, programArgs) {
  const child = spawn(program, programArgs, { cwd: root, stdio: 'inherit' })
  const pass = (/** @type {NodeJS.Signals} */ signal) => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  }
  for (const signal of endings) process.on(signal, pass)
  const [code, signal] = await once(child, 'exit')
  for (const one of endings) process.off(one, pass)
  if (signal !== null) {
    process.kill(process.pid, signal)
    return 1
  }
  return code
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  say(message)
  process.exit(1)
}

endWithNpm()
await main()
