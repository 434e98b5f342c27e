import { expect, test } from 'vitest'
import type { SourceFile } from './includes.ts'
import { importNginx, reportText } from './import.ts'

function files(texts: Record<string, string>): SourceFile[] {
  return Object.entries(texts).map(([name, text]) => ({ name, text }))
}

function importText(text: string): ReturnType<typeof importNginx> {
  return importNginx([{ name: 'nginx.conf', text }], 'nginx.conf')
}

test('the report says of every directive whether it is applied, with file and line', () => {
  const { report } = importNginx(
    files({
      'nginx.conf': 'worker_processes 2;\nhttp {\n  include conf.d/*.conf;\n  lua_code off;\n}',
      'conf.d/a.conf': 'server {\n  listen 80;\n  location / {\n    perl main;\n    return 200;\n  }\n}',
    }),
    'nginx.conf',
  )
  expect(
    report.lines.map((line) => `${line.name} ${line.position?.file}:${line.position?.line} ${line.applied}`),
  ).toEqual([
    'worker_processes nginx.conf:1 export',
    'http nginx.conf:2 engine',
    'server conf.d/a.conf:1 engine',
    'listen conf.d/a.conf:2 engine',
    'location conf.d/a.conf:3 engine',
    'perl conf.d/a.conf:4 kept',
    'return conf.d/a.conf:5 engine',
    'lua_code nginx.conf:4 kept',
  ])
  expect([report.applied, report.exported, report.kept]).toEqual([5, 1, 2])
  expect(report.files).toEqual(['nginx.conf', 'conf.d/a.conf'])
  expect(reportText(report)).toBe(`conf.d/a.conf:4: perl main: kept, not applied
nginx.conf:4: lua_code off: kept, not applied
5 applied, 1 for the exported file only, 2 kept, not applied
`)
})

test('chosen files stand for the paths of the machine they come from', () => {
  const { config, problems } = importNginx(
    files({
      'nginx.conf':
        'http { include /etc/nginx/mime.types; include /etc/nginx/conf.d/*.conf; include /etc/nginx/*; }',
      'mime.types': 'types { a b; }',
      'conf.d/a.conf': 'server { }',
      'conf.d/b.txt': 'wrong;',
    }),
    'nginx.conf',
  )
  expect(problems).toEqual([])
  expect(config.http).toMatchObject({
    types: { a: ['b'] },
    servers: [{}],
    unhandled: [{ name: 'include', args: ['/etc/nginx/*'] }],
  })
})

test('an included file that was not chosen is a warning, and its include is kept', () => {
  const { config, problems } = importText('http {\n  include mime.types;\n}')
  expect(problems).toMatchObject([
    { severity: 'warning', code: 'include-missing', file: 'nginx.conf', line: 2 },
  ])
  expect(config.http?.unhandled).toMatchObject([{ name: 'include', args: ['mime.types'] }])
})

test('a main file that is not there is an error', () => {
  expect(importNginx([], 'nginx.conf').problems).toMatchObject([
    { severity: 'error', message: 'open() "nginx.conf" failed (2: No such file or directory)' },
  ])
})

test('a broken text is an error with its line, and what stands before it is read', () => {
  const { config, problems } = importText('http {\n  server { listen 80; }\n')
  expect(problems).toMatchObject([
    { severity: 'error', message: 'unexpected end of file, expecting "}"', line: 3 },
  ])
  expect(config.http?.servers).toHaveLength(1)
})

test('a byte order mark is a warning, and no part of the first name', () => {
  const { config, problems } = importText('\uFEFFdaemon off;')
  expect(config).toEqual({ daemon: false })
  expect(problems).toMatchObject([
    { severity: 'warning', code: 'byte-order-mark', file: 'nginx.conf', line: 1 },
  ])
})

test('what stands behind the last directive is kept', () => {
  expect(importText('daemon off;\n# later:\n# user www;').config.comments).toEqual({
    '}': 'later:\nuser www;',
  })
})

test('servers without their http block are read as if it were there', () => {
  const { config, problems } = importText(`worker_processes 2;
error_log /a;
map $a $b { x y; }
server { listen 80; }`)
  expect(config).toMatchObject({
    workerProcesses: 2,
    http: { errorLog: [{ file: '/a' }], maps: [{ variable: 'b' }], servers: [{ listen: [{ port: 80 }] }] },
  })
  expect(problems).toMatchObject([
    {
      severity: 'note',
      code: 'fragment',
      message: '"map" stands outside of any block; it is read as if it stood in http { }',
      line: 3,
    },
  ])
})

test('locations without their server are read as if it were there', () => {
  const { config, problems } = importText(`limit_req_zone $binary_remote_addr zone=api:10m rate=10r/s;
location /api/ { limit_req zone=api; proxy_pass http://127.0.0.1:8080/; }`)
  expect(config.http).toMatchObject({
    limitReqZone: [{ zone: { name: 'api' } }],
    servers: [{ locations: [{ pattern: '/api/' }] }],
  })
  expect(problems.map((p) => p.message)).toEqual([
    '"limit_req_zone" stands outside of any block; it is read as if it stood in http { server { } }',
  ])
})

test('a complete file keeps the error of a stray line', () => {
  const { problems } = importText('events { } server { }')
  expect(problems).toMatchObject([{ severity: 'error', message: '"server" directive is not allowed here' }])
})
