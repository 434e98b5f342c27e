// What the tests need is installed where it may be; where not, the command is named and the run fails.
import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const needs = resolve(import.meta.dirname, 'test-needs.mjs')
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluicegate-needs-'))
  for (const name of ['env', 'sh']) await symlink(`/usr/bin/${name}`, join(folder, name))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function program(name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`)
  await chmod(join(folder, name), 0o755)
}

/** What is said when chromium is needed, as this user, on a machine with only the programs above. */
function provide(user: number): { said: string; failure: string } {
  const code = `
    import { provide } from ${JSON.stringify(needs)}
    process.getuid = () => ${user}
    const failure = provide(['chromium'], console.log)
    console.log('failure: ' + (failure ?? 'none'))`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    encoding: 'utf8',
    env: { PATH: folder },
  })
  const [said = '', failure = ''] = stdout.split(/failure: /)
  return { said: said.trim(), failure: failure.trim() }
}

test('what is there is named with its version', async () => {
  await program('chromium', 'echo Chromium 1.2')
  expect(provide(1000)).toEqual({ said: `chromium: Chromium 1.2 (${folder}/chromium)`, failure: 'none' })
})

test('root installs what is missing', async () => {
  await program(
    'apt-get',
    `echo "$DEBIAN_FRONTEND $*" >> ${folder}/asked
     case "$*" in *install*) printf '#!/bin/sh\\necho Chromium 9\\n' > ${folder}/chromium; /bin/chmod 755 ${folder}/chromium;; esac`,
  )
  const { said, failure } = provide(0)
  expect([said.split('\n')[0], said.split('\n').at(-1), failure]).toEqual([
    'installing chromium …',
    `chromium: Chromium 9 (${folder}/chromium)`,
    'none',
  ])
  expect(await readFile(join(folder, 'asked'), 'utf8')).toBe(
    'noninteractive -q update\nnoninteractive -q install --yes --no-install-recommends chromium\n',
  )
})

test('who may not install is told what to run', async () => {
  await program('apt-get', 'exit 1')
  expect(provide(1000)).toEqual({
    said: '',
    failure:
      'chromium not found, and the tests need it. Run: sudo apt-get install --yes --no-install-recommends chromium',
  })
})

test('an installation that fails is a failure', async () => {
  await program('apt-get', 'exit 100')
  expect(provide(0).failure).toContain('apt-get failed, see above')
})

test('a system without apt-get is told what it needs', () => {
  expect(provide(0).failure).toContain("Install chromium with this system's package manager.")
})
