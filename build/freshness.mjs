// Whether out/ is what the sources say now.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const sources = [
  'src',
  'package.json',
  'package-lock.json',
  'electron.vite.config.ts',
  'build/tsconfig/base.json',
]
const results = [
  'out/main/index.js',
  'out/main/host-entry.js',
  'out/main/cli.js',
  'out/main/nginx.js',
  'out/preload/index.cjs',
  'out/renderer/index.html',
]

/**
 * Why the project has to be built, or undefined where it need not be.
 * @param {string} root
 */
export function whyBuild(root) {
  const built = results.map((file) => ({ file, time: time(join(root, file)) }))
  const absent = built.find((one) => one.time === undefined)
  if (absent !== undefined) return `${absent.file} is not there`
  const oldest = Math.min(...built.map((one) => one.time ?? 0))
  const newer = sources
    .flatMap((path) => files(root, path))
    .find((file) => (time(join(root, file)) ?? 0) > oldest)
  return newer === undefined ? undefined : `${newer} is newer than what was built`
}

/** @param {string} path */
function time(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs
}

/**
 * A file or all files and folders in a folder (a folder's time says that something was taken away); tests are not built.
 * @param {string} root
 * @param {string} path
 * @returns {string[]}
 */
function files(root, path) {
  if (!statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory()) return [path]
  return readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) => {
    const inside = `${path}/${entry.name}`
    if (entry.isDirectory()) return [inside, ...files(root, inside)]
    return /\.test\.ts$/.test(entry.name) ? [] : [inside]
  })
}
