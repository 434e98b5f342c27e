/** What the window writes for people is what nginx takes: each preset, alone and after all others, by `nginx -t`. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Config } from '../../src/config/model.ts'
import { exportNginx } from '../../src/nginx/export.ts'
import { addHttpText, presets, type Preset } from '../../src/renderer/form/presets.ts'
import { engineCommand, makePrefix, removePrefix, runEngine, writePrefixFile } from '../support/nginx.ts'
import { certificateFor } from './certificate.ts'

let prefix = ''
beforeAll(async () => {
  prefix = await makePrefix()
  const { certificate, key } = await certificateFor(['any.localhost'])
  await writePrefixFile(prefix, { path: 'any.crt', bytes: certificate })
  await writePrefixFile(prefix, { path: 'any.key', bytes: key })
})
afterAll(() => removePrefix(prefix))

function textOf(preset: Preset, name: string, webSocket = true): string {
  const target = preset.id === 'static' ? prefix : '127.0.0.1:3000'
  return preset.text({ name, target, second: '127.0.0.1:4000', webSocket })
}

function add(config: Config, text: string): Config {
  const added = addHttpText(config, text)
  if ('problems' in added) throw new Error(added.problems[0]?.message)
  return added.config
}

/** What nginx says; the certificates and folders that production has stand below the prefix here. */
async function tested(config: Config): Promise<{ code: number | null; output: string }> {
  const text = exportNginx(config, { date: new Date(0) })
    .replace(/ssl_certificate \S+;/g, `ssl_certificate ${prefix}/any.crt;`)
    .replace(/ssl_certificate_key \S+;/g, `ssl_certificate_key ${prefix}/any.key;`)
    .replace(/proxy_cache_path \S+/g, (line) => line.replace(/ .*/, ` ${prefix}/cache`))
  await writePrefixFile(prefix, { path: 'nginx.conf', bytes: text })
  return runEngine('nginx', [
    '-t',
    '-p',
    `${prefix}/`,
    '-c',
    'nginx.conf',
    '-e',
    'error.log',
    '-g',
    'pid nginx.pid;',
  ])
}

describe.runIf(engineCommand('nginx'))('nginx -t', () => {
  test.each(presets.map((preset) => [preset.title, preset] as const))('accepts %s', async (_, preset) => {
    expect(await tested(add({}, textOf(preset, 'app.localhost')))).toMatchObject({ code: 0 })
    expect(await tested(add({}, textOf(preset, 'app.localhost', false)))).toMatchObject({ code: 0 })
  })

  test('accepts all of them together', async () => {
    const all = presets.reduce<Config>(
      (config, preset) => add(config, textOf(preset, `${preset.id}.localhost`)),
      {},
    )
    const { code, output } = await tested(all)
    expect([code, output.includes('[warn]')]).toEqual([0, false])
  })
})
