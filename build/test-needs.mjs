// Programs the tests need and npm cannot bring: a browser and a real nginx.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** @type {Record<string, { found: () => string | undefined, package: string }>} */
const programs = {
  chromium: {
    found: () => process.env['CHROMIUM_PATH'] ?? onPath('chromium') ?? onPath('google-chrome'),
    package: 'chromium',
  },
  nginx: { found: () => onPath('nginx'), package: 'nginx' },
  openssl: { found: () => onPath('openssl'), package: 'openssl' },
}

/**
 * Sees to it that these programs are there; installs by apt-get what is not, where that is allowed. Answers what is
 * left to do by hand, or nothing.
 * @param {string[]} names
 * @param {(line: string) => void} say
 */
export function provide(names, say) {
  const missing = names.filter((name) => programs[name]?.found() === undefined)
  if (missing.length > 0) {
    const failure = install(
      missing.map((name) => programs[name]?.package ?? name),
      say,
    )
    const absent = missing.filter((name) => programs[name]?.found() === undefined)
    if (absent.length > 0)
      return `${absent.join(' and ')} not found, and the tests need it. ${failure ?? ''}`.trim()
  }
  for (const name of names) say(`${name}: ${versionOf(programs[name]?.found() ?? name, name)}`)
  return undefined
}

/**
 * @param {string[]} packages
 * @param {(line: string) => void} say
 */
function install(packages, say) {
  const args = ['install', '--yes', '--no-install-recommends', ...packages]
  if (onPath('apt-get') === undefined)
    return `Install ${packages.join(', ')} with this system's package manager.`
  const byHand = `Run: sudo apt-get ${args.join(' ')}`
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  if (asRoot.length > 0 && spawnSync('sudo', ['-n', 'true']).status !== 0) return byHand
  say(`installing ${packages.join(', ')} …`)
  // RUNLEVEL=1: a package's service is not started by installing it; the tests start their own nginx.
  const environment = ['env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1']
  const apt = (/** @type {string[]} */ ...command) => {
    const [program = '', ...rest] = [...asRoot, ...environment, 'apt-get', '-q', ...command]
    return spawnSync(program, rest, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0
  }
  apt('update') // may fail where only an older list is to be had; the installation then tells
  if (!apt(...args)) return `apt-get failed, see above. ${byHand}`
  if (packages.includes('nginx') && existsSync('/run/systemd/system'))
    spawnSync(asRoot[0] ?? 'systemctl', [
      ...asRoot.slice(1),
      ...(asRoot.length > 0 ? ['systemctl'] : []),
      'disable',
      '--now',
      'nginx',
    ])
  return undefined
}

/** @param {string} name */
function onPath(name) {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

/**
 * @param {string} path
 * @param {string} name
 */
function versionOf(path, name) {
  const { stdout, stderr } = spawnSync(
    path,
    [name === 'nginx' ? '-v' : name === 'openssl' ? 'version' : '--version'],
    {
      encoding: 'utf8',
    },
  )
  return `${(stdout || stderr || 'no version told').trim().split('\n')[0]} (${path})`
}
