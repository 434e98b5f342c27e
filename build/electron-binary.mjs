// Where the Electron binary is, and how it is fetched where it is not. Never imports `electron`: that starts a download.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Given up after so long without a byte or a word, in milliseconds. */
const patience = 20_000

const notInstalled = 'the package electron is not installed (npm ci)'

/**
 * The Electron binary, or why there is none.
 * @param {string | undefined} [folder] the package electron
 * @returns {{ path: string, reason?: undefined } | { path?: undefined, reason: string }}
 */
export function findElectron(folder = electronFolder()) {
  if (folder === undefined) return { reason: notInstalled }
  const dist = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist')
  const path = join(dist, programIn(folder))
  return existsSync(path) ? { path } : { reason: `the Electron binary is not installed (${path})` }
}

/** The folder of the package. */
function electronFolder() {
  try {
    return dirname(createRequire(import.meta.url).resolve('electron/package.json'))
  } catch {
    return undefined // not installed
  }
}

/** @param {string} folder */
function programIn(folder) {
  const said = join(folder, 'path.txt') // written by the installer as its last act
  if (existsSync(said)) return readFileSync(said, 'utf8')
  if (process.platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron'
  return process.platform === 'win32' ? 'electron.exe' : 'electron'
}

/**
 * Runs electron's own installer, shows that it gets on, and gives it up when it does not. Answers why it failed, or
 * nothing where the binary is there now.
 * @param {{ node: string, say: (line: string) => void, stop: AbortSignal, patience?: number, folder?: string }} options
 * @returns {Promise<string | undefined>}
 */
export async function fetchElectron({
  node,
  say,
  stop,
  patience: limit = patience,
  folder = electronFolder(),
}) {
  if (folder === undefined) return notInstalled
  const dist = join(folder, 'dist')
  // The installer itself is silent for its first 30 s; what it gets is seen by the bytes in its temporary folder.
  const temporary = mkdtempSync(join(tmpdir(), 'sluicegate-electron-'))
  const child = spawn(node, [join(folder, 'install.js')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: temporary },
    detached: true, // a group of its own, to be ended as a whole
  })
  let words = ''
  let last = Date.now()
  let bytes = 0
  let shown = 0
  let gaveUp = false

  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      words += text
      last = Date.now()
    })
  }
  const watch = setInterval(() => {
    const now = size(temporary) + size(dist)
    if (now !== bytes) {
      last = Date.now()
      bytes = now
      // Every 5 MB: often enough to be seen moving.
      if (Math.abs(bytes - shown) > 5e6) {
        shown = bytes
        say(`Electron: ${Math.round(bytes / 1e6)} MB`)
      }
    }
    if (Date.now() - last > limit) {
      gaveUp = true
      end()
    }
  }, 250)
  const end = () => {
    signalGroup(child.pid, 'SIGTERM')
    setTimeout(() => signalGroup(child.pid, 'SIGKILL'), 2000).unref()
  }
  stop.addEventListener('abort', end)

  const status = await new Promise((resolve) => {
    child.on('error', (error) => {
      words += error.message
      resolve(1)
    })
    child.on('close', (code) => resolve(code ?? 1))
  })
  clearInterval(watch)
  stop.removeEventListener('abort', end)
  rmSync(temporary, { recursive: true, force: true })
  if (status === 0 && findElectron(folder).path !== undefined) return undefined
  // Without path.txt the binary was not unpacked to its end.
  if (!existsSync(join(folder, 'path.txt'))) rmSync(dist, { recursive: true, force: true })
  if (gaveUp) return `fetching Electron got nowhere for ${limit / 1000} s`
  return `fetching Electron failed: ${essence(words)}`
}

/**
 * @param {number | undefined} pid
 * @param {NodeJS.Signals} signal
 */
function signalGroup(pid, signal) {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {
    // it is gone already
  }
}

/**
 * Bytes in a folder.
 * @param {string} folder
 */
function size(folder) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
  } catch {
    return 0 // not there yet, or being moved this moment
  }
}

/**
 * One line of an installer's stack trace: the message, and the cause where fetch says only that it failed.
 * @param {string} words
 */
function essence(words) {
  const lines = words.split('\n').map((line) => line.trim())
  const message =
    lines.find((line) => /Error\b/.test(line)) ?? lines.find((line) => line !== '') ?? 'it said nothing'
  const cause = lines.map((line) => /\[cause\]: (?:\w*Error: )?(.*?)\s*\{?$/.exec(line)?.[1]).find(Boolean)
  return cause === undefined ? message : `${message} (${cause})`
}
