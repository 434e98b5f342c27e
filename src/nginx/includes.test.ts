import { expect, test } from 'vitest'
import type { Statement } from '../config/statement.ts'
import { dump } from './dump.ts'
import { matchGlob } from './glob.ts'
import { load, type Loaded, type SourceFile } from './includes.ts'

type Files = Record<string, string>

function loadFrom(files: Files, main = '/etc/nginx/nginx.conf', strict = false): Loaded {
  const read = (pattern: string): SourceFile[] =>
    Object.entries(files)
      .filter(([name]) => matchGlob(pattern, name))
      .map(([name, text]) => ({ name, text }))
      .reverse()
  return load({ name: main, text: files[main] ?? '' }, read, { strict })
}

/** `name arg {…}` with file and line, to see the whole tree at once. */
function tree(statements: readonly Statement[]): string {
  return statements
    .map(
      (s) =>
        `${[s.name, ...s.args].join(' ')}@${s.position?.file}:${s.position?.line}${s.block ? `{${tree(s.block)}}` : ''}`,
    )
    .join(' ')
}

test('included statements stand in place of the include, each with its own file and line', () => {
  const { statements, files, problems } = loadFrom(
    {
      'nginx.conf': 'a;\nhttp {\n  include conf.d/*.conf;\n  b;\n}',
      'conf.d/2.conf': 'two;',
      'conf.d/1.conf': '\none { include snippets/s; }',
      'snippets/s': '\n\ns;',
    },
    'nginx.conf',
  )
  expect(tree(statements)).toBe(
    'a@nginx.conf:1 http@nginx.conf:2{one@conf.d/1.conf:2{s@snippets/s:3} two@conf.d/2.conf:1 b@nginx.conf:4}',
  )
  expect(files.map((file) => file.name)).toEqual([
    'nginx.conf',
    'conf.d/1.conf',
    'snippets/s',
    'conf.d/2.conf',
  ])
  expect(problems).toEqual([])
})

test('a name is relative to the folder of the main file, also within an included file', () => {
  const { statements } = loadFrom({
    '/etc/nginx/nginx.conf': 'include sub/a.conf; include /opt/c.conf;',
    '/etc/nginx/sub/a.conf': 'include b.conf;',
    '/etc/nginx/b.conf': 'b;',
    '/opt/c.conf': 'c;',
  })
  expect(tree(statements)).toBe('b@/etc/nginx/b.conf:1 c@/opt/c.conf:1')
})

test('map, types and geo include; split_clients has a share of that name', () => {
  const { statements } = loadFrom({
    '/etc/nginx/nginx.conf':
      'map $a $b { include x; } types { include x; } split_clients $a $b { include x; }',
    '/etc/nginx/x': 'k v;',
  })
  expect(statements.map((s) => s.block?.map((line) => line.name))).toEqual([['k'], ['k'], ['include']])
})

test('a glob that means nothing is fine, and stays as it is written', () => {
  const { statements, problems } = loadFrom({ '/etc/nginx/nginx.conf': 'include conf.d/*.conf;' })
  expect(problems).toEqual([])
  expect(statements).toMatchObject([{ name: 'include', args: ['conf.d/*.conf'] }])
})

test('a missing file is a warning, its include stays, and the rest is read', () => {
  const { statements, problems } = loadFrom({ '/etc/nginx/nginx.conf': 'a;\ninclude b.conf;\nc;' })
  expect(statements.map((s) => s.name)).toEqual(['a', 'include', 'c'])
  expect(problems).toMatchObject([
    {
      severity: 'warning',
      code: 'include-missing',
      message: 'open() "/etc/nginx/b.conf" failed (2: No such file or directory)',
      file: '/etc/nginx/nginx.conf',
      line: 2,
    },
  ])
})

test('strictly, reading ends at the first problem', () => {
  const files = { '/etc/nginx/nginx.conf': 'a {\n b;\n include b.conf;\n c;\n include d.conf;\n}\ne;\n}' }
  const { statements, problems } = loadFrom(files, '/etc/nginx/nginx.conf', true)
  expect(statements).toMatchObject([{ name: 'a', block: [{ name: 'b' }, { name: 'include' }] }])
  expect(problems).toMatchObject([{ severity: 'error', code: 'include-missing', line: 3 }])
})

test('an included file cannot close a block of the file that includes it', () => {
  const { problems, statements } = loadFrom({
    '/etc/nginx/nginx.conf': 'a { include b; c; }\n}',
    '/etc/nginx/b': 'b;\n}',
  })
  expect(problems.map((p) => `${p.message} in ${p.file}:${p.line}`)).toEqual([
    'unexpected "}" in /etc/nginx/b:2',
    'unexpected "}" in /etc/nginx/nginx.conf:2',
  ])
  expect(tree(statements)).toContain('c@/etc/nginx/nginx.conf:1')
})

test('an include that leads back is refused', () => {
  const { problems, statements } = loadFrom({
    '/etc/nginx/nginx.conf': 'include a;',
    '/etc/nginx/a': 'x; include b;',
    '/etc/nginx/b': 'y; include a;',
  })
  expect(statements.map((s) => s.name)).toEqual(['x', 'y'])
  expect(problems).toMatchObject([
    {
      code: 'include-cycle',
      message: 'include "a" leads back to itself: /etc/nginx/a → /etc/nginx/b → /etc/nginx/a',
    },
  ])
})

test('a file may be included twice', () => {
  const { statements, problems } = loadFrom({
    '/etc/nginx/nginx.conf': 'a { include s; } b { include s; }',
    '/etc/nginx/s': 's;',
  })
  expect(statements.map((s) => s.block?.length)).toEqual([1, 1])
  expect(problems).toEqual([])
})

test('a file that cannot be read says why', () => {
  const failing = { name: '/etc/nginx/a', text: '', failure: '13: Permission denied' }
  const { problems } = load({ name: '/etc/nginx/nginx.conf', text: 'include a;' }, () => [failing])
  expect(problems).toMatchObject([
    { message: 'open() "/etc/nginx/a" failed (13: Permission denied)', line: 1 },
  ])
})

test('comments around an include go to what it brings', () => {
  const { statements, comments } = loadFrom({
    '/etc/nginx/nginx.conf':
      '# before\ninclude a; # behind\nz;\ninclude a;\n# last\ninclude e;\nb { include e; }',
    '/etc/nginx/a': '# in a\nx;\n# end of a',
    '/etc/nginx/e': '# only this',
  })
  expect(statements).toMatchObject([
    { name: 'x', comments: [' before', ' behind', ' in a'] },
    { name: 'z', comments: [' end of a'] },
    { name: 'x', comments: [' in a'] },
    { name: 'b', comments: [' end of a', ' last', ' only this'], closing: [' only this'] },
  ])
  expect(comments).toEqual([])
})

test('the files that were read are printed once each, as nginx -T does', () => {
  const { files } = loadFrom({ '/c/nginx.conf': 'include a;\ninclude a;\n', '/c/a': 'x;' }, '/c/nginx.conf')
  expect(dump(files)).toBe(`# configuration file /c/nginx.conf:
include a;
include a;

# configuration file /c/a:
x;
`)
})
