// The walls between rooms hold: in a scratch copy of src/, imports that must not be are seen and named.
import { execFile } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const project = resolve(import.meta.dirname, '..')
let scratch: string

/** What the cruiser, run as `npm run rooms` runs it, finds in the scratch copy. */
function cruise(): Promise<{ status: number; found: string[] }> {
  const program = realpathSync(join(project, 'node_modules/.bin/depcruise'))
  return new Promise((answer) => {
    const args = [program, 'src', '--config', 'build/rooms.cjs']
    execFile(process.execPath, args, { cwd: scratch, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const found = [...(stdout + stderr).matchAll(/^ *error (\S+: \S+ → .*)$/gm)].map(
        (match) => match[1] ?? '',
      )
      answer({ status: error === null ? 0 : Number(error.code), found })
    })
  })
}

async function add(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(scratch, path)), { recursive: true })
  await writeFile(join(scratch, path), text)
}

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'sluicegate-rooms-'))
  await cp(join(project, 'src'), join(scratch, 'src'), { recursive: true })
  await cp(join(project, 'build/rooms.cjs'), join(scratch, 'build/rooms.cjs'))
  await cp(join(project, 'package.json'), join(scratch, 'package.json'))
  await symlink(join(project, 'node_modules'), join(scratch, 'node_modules'))
})
afterAll(() => rm(scratch, { recursive: true, force: true }))

/** Each: what is wrong, the file that does it, its text, and the rule that must name it. */
const intruders: [wrong: string, file: string, text: string, rule: string][] = [
  ['config knows the engine', 'src/config/x-1.ts', `import '../engine/x-wheel.ts'`, 'room-config'],
  ['base knows config', 'src/base/x-2.ts', `import '../config/x-here.ts'`, 'room-base'],
  [
    'the window knows the host',
    'src/renderer/x-3.ts',
    `import type {} from '../host/x-here.ts'`,
    'room-renderer',
  ],
  ['the window uses Node', 'src/renderer/x-4.ts', `import 'node:fs'`, 'no-node-core'],
  [
    'a Vue file uses Node',
    'src/renderer/X5.vue',
    `<script setup lang="ts">\nimport { readFile } from 'fs/promises'\nvoid readFile\n</script>\n<template><p /></template>`,
    'no-node-core',
  ],
  ['http uses Node', 'src/http/x-6.ts', `export const path = import('node:path')`, 'no-node-core'],
  ['the preload uses Node', 'src/preload/x-7.ts', `import 'node:os'`, 'no-node-core'],
  [
    'the host knows Electron',
    'src/host/x-8.ts',
    `import { app } from 'electron'\nvoid app`,
    'package-electron',
  ],
  [
    'the engine knows Vue',
    'src/engine/x-9.ts',
    `import type { Ref } from 'vue'\nexport type X = Ref`,
    'package-vue',
  ],
  [
    'the host knows pinia',
    'src/host/x-10.ts',
    `import { createPinia } from 'pinia'\nvoid createPinia`,
    'package-pinia',
  ],
  [
    'the host makes its own certificates',
    'src/host/x-11.ts',
    `import forge from 'node-forge'\nvoid forge`,
    'package-node-forge',
  ],
  ['the host looks behind the door', 'src/host/x-12.ts', `import '../engine/x-wheel.ts'`, 'door-of-engine'],
  [
    'the engine imports its tests’ bench',
    'src/engine/x-13.ts',
    `import './testing/x-bench.ts'`,
    'room-engine',
  ],
  ['serve drives the engine', 'src/cli/x-14.ts', `import '../engine/index.ts'`, 'room-cli'],
  [
    'a module knows a module',
    'src/engine/modules/x-15.ts',
    `import './x-here.ts'`,
    'strangers-in-engine-modules',
  ],
  [
    'a filter knows a filter',
    'src/engine/filters/x-16.ts',
    `import './x-here.ts'`,
    'strangers-in-engine-filters',
  ],
  [
    'a feature knows a feature',
    'src/renderer/features/x-17/page.ts',
    `import '../x-here/page.ts'`,
    'strangers-in-renderer-features',
  ],
  ['arrows go round', 'src/base/x-18.ts', `import './x-19.ts'`, 'no-cycles'],
  ['a test crosses rooms', 'src/config/x-20.test.ts', `import '../host/x-here.ts'`, 'room-config-tests'],
  ['code knows a test', 'src/config/x-21.ts', `import './x-20.test.ts'`, 'no-tests-in-code'],
  ['code knows what is for tests', 'src/config/x-26.ts', `import './testing/x-any.ts'`, 'no-tests-in-code'],
  [
    'what is for tests crosses rooms',
    'src/config/testing/x-27.ts',
    `import '../../host/x-here.ts'`,
    'room-config-tests',
  ],
  ['a file stands in no room', 'src/utils/x-22.ts', `import '../base/x-here.ts'`, 'no-room'],
  [
    'the engine needs a tool of development',
    'src/engine/x-23.ts',
    `import check from 'fast-check'\nvoid check`,
    'runtime-packages',
  ],
  ['an import names nothing', 'src/base/x-24.ts', `import './x-not-there.ts'`, 'resolvable'],
  ['the program knows its build', 'src/base/x-25.ts', `import '../../build/rooms.cjs'`, 'src-stands-alone'],
]

/** What the intruders reach for, and what may be reached for. */
const neighbours: [file: string, text: string][] = [
  ['src/base/x-here.ts', ''],
  ['src/base/x-19.ts', `import './x-18.ts'`],
  ['src/base/x-type-a.ts', `import type { B } from './x-type-b.ts'\nexport type A = B | undefined`],
  ['src/base/x-type-b.ts', `import type { A } from './x-type-a.ts'\nexport type B = A | undefined`],
  ['src/config/x-here.ts', `import '../base/x-here.ts'\nimport '../http/x-here.ts'`],
  ['src/http/x-here.ts', ''],
  ['src/engine/index.ts', `import './x-wheel.ts'`],
  ['src/engine/x-wheel.ts', `import 'node:net'\nimport '../config/x-here.ts'`],
  ['src/engine/modules/x-here.ts', `import '../x-wheel.ts'`],
  ['src/engine/filters/x-here.ts', ''],
  [
    'src/engine/testing/x-bench.ts',
    `import 'vitest'\nimport '../x-wheel.ts'\nimport '../../nginx/x-here.ts'`,
  ],
  ['src/nginx/x-here.ts', ''],
  [
    'src/nginx/x-here.test.ts',
    `import 'node:fs'\nimport 'fast-check'\nimport '../engine/testing/x-bench.ts'`,
  ],
  ['src/host/x-here.ts', `import '../engine/index.ts'\nimport '../nginx/x-here.ts'`],
  ['src/main/x-here.ts', `import 'electron'\nimport '../host/x-here.ts'`],
  ['src/cli/nginx-x-here.ts', `import '../engine/index.ts'`],
  ['src/renderer/features/x-here/page.ts', `import 'vue'\nimport '../../../config/x-here.ts'`],
]

describe('rooms', () => {
  test('the tree as it is keeps to its rooms', async () => {
    expect(await cruise()).toEqual({ status: 0, found: [] })
  })

  describe('with intruders', () => {
    let answer: Awaited<ReturnType<typeof cruise>>
    beforeAll(async () => {
      for (const [file, text] of neighbours) await add(file, text)
      for (const [, file, text] of intruders) await add(file, text)
      answer = await cruise()
    })

    test('the cruiser fails', () => expect(answer.status).toBeGreaterThan(0))

    test.for(intruders)('%s: refused by name', ([, file, , rule]) => {
      expect(answer.found).toContainEqual(expect.stringMatching(`^${rule}: ${file} `))
    })

    test('what is allowed is not named', () => {
      const allowed = neighbours.map(([file]) => file).filter((file) => file !== 'src/base/x-19.ts')
      expect(answer.found.filter((line) => allowed.some((file) => line.includes(`: ${file} `)))).toEqual([])
    })
  })
})
