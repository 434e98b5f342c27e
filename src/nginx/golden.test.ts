import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { exportNginx } from './export.ts'
import { importNginx, type Imported } from './import.ts'
import type { SourceFile } from './includes.ts'

const folder = join(import.meta.dirname, 'golden')
const demo = join(import.meta.dirname, '../../resources/demo/nginx.conf')
const goldens: readonly (readonly [name: string, path: string])[] = [
  ...readdirSync(folder)
    .filter((name) => name.endsWith('.conf'))
    .map((name) => [name, join(folder, name)] as const),
  ['demo', demo],
]

const main = '/etc/nginx/nginx.conf'

/** What `golden/debian` holds stands in /etc/nginx, beside the main file. */
function filesFor(path: string): SourceFile[] {
  const beside = join(folder, 'debian')
  const others = readdirSync(beside, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ name: join('/etc/nginx', relative(beside, file)), text: readFileSync(file, 'utf8') }))
  return [{ name: main, text: readFileSync(path, 'utf8') }, ...others]
}

function imported(path: string): Imported {
  return importNginx(filesFor(path), main)
}

function again(text: string): Imported {
  return importNginx([{ name: main, text }], main)
}

function withoutPositions(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, inner: unknown) => (key === 'position' ? undefined : inner)))
}

/** Every comment's words, wherever they stand. */
function comments(text: string): string[] {
  return [...text.matchAll(/^[^'"\n]*?#(.*)$|;\s*#(.*)$/gm)]
    .map(([, own, behind]) => (own ?? behind ?? '').trim())
    .filter((words) => words !== '')
    .sort()
}

describe.each(goldens)('%s', (name, path) => {
  const { config, problems } = imported(path)
  const text = exportNginx(config)

  test('is understood', () => {
    expect(problems.filter((problem) => problem.severity === 'error')).toEqual([])
  })

  test('is exported as its golden text', async () => {
    await expect(text).toMatchFileSnapshot(join(folder, 'exported', name.replace(/(\.conf)?$/, '.txt')))
  })

  test('is the same when its export is imported', () => {
    expect(withoutPositions(again(text).config)).toEqual(withoutPositions(config))
    expect(exportNginx(again(text).config)).toBe(text)
  })

  test('loses no comment', () => {
    const written = filesFor(path).filter(({ name: file }) => file === main || path.endsWith('debian.conf'))
    expect(comments(text)).toEqual(comments(written.map((file) => file.text).join('\n')))
  })
})

const nginx = '/usr/sbin/nginx'
const missing = [nginx, '/usr/bin/openssl'].filter((program) => !existsSync(program))
const temp = mkdtempSync(join(tmpdir(), 'golden-'))
afterAll(() => {
  rmSync(temp, { recursive: true, force: true })
})

/** The text with this machine's folders, a certificate of ours, and ports anyone may open. */
function runnable(text: string): string {
  return text
    .replace(/^( *ssl_certificate) .*$/gm, `$1 ${temp}/certificate.pem;`)
    .replace(/^( *ssl_certificate_key) .*$/gm, `$1 ${temp}/key.pem;`)
    .replace(/^( *listen (?:\[::\]:)?)(80|443)\b/gm, '$118$2')
    .replace(/\/(var|run|etc\/nginx)\//g, `${temp}/$1/`)
    .replace(/^ *user .*$/m, '')
}

// Needs nginx and openssl; `npm test` installs them where it may.
describe.skipIf(missing.length > 0)('nginx', () => {
  for (const sub of ['var/log/nginx', 'var/cache/nginx', 'run', 'etc/nginx'])
    mkdirSync(join(temp, sub), { recursive: true })

  test.each(goldens)('accepts the export of %s', (name, path) => {
    const args = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=test'.split(
      ' ',
    )
    const files = ['-keyout', join(temp, 'key.pem'), '-out', join(temp, 'certificate.pem')]
    execFileSync('/usr/bin/openssl', [...args, ...files], { stdio: 'ignore' })
    const file = join(temp, `${name}.txt`)
    writeFileSync(file, runnable(exportNginx(imported(path).config, { date: new Date(0) })))
    const { stderr } = spawnSync(nginx, ['-t', '-p', temp, '-e', 'stderr', '-c', file], { encoding: 'utf8' })
    expect(stderr).toContain('test is successful')
  })
})
