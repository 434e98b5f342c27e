import { describe, expect, test } from 'vitest'
import { directives, upstreamTable } from '../../config/directives.ts'
import { importNginx } from '../../nginx/import.ts'
import { parse } from '../../nginx/parser.ts'
import { knownNames } from '../../nginx/blocks.ts'
import { complete, type Offers } from './complete.ts'
import { directiveHelp } from './directive-help.ts'
import { explainPlace } from './explain-place.ts'
import { lineOf } from './line-of.ts'
import { declaredNames } from './names.ts'
import { placeAt } from './place.ts'

/** `|` is the cursor. */
function at(text: string): [text: string, offset: number] {
  return [text.replace('|', ''), text.indexOf('|')]
}
const labels = (offers: Offers | undefined): string[] => offers?.offers.map(({ label }) => label) ?? []

describe('a place', () => {
  test.each([
    ['|', 'main', [], ''],
    ['http { ser|', 'http', [], 'ser'],
    ['http { server { location /a { proxy_pass htt|p://x; } } }', 'location', ['proxy_pass'], 'http://x'],
    ['http { server { if ($a) { set |', 'server-if', ['set'], ''],
    ['http { server { location / { if ($a = "}") { | } } }', 'if', [], ''],
    ['http { map $a $b { def| } }', 'lines', [], 'def'],
    ['http { upstream x { server a:1 we| } }', 'upstream', ['server', 'a:1'], 'we'],
    ['http { # server {\n  li|', 'http', [], 'li'],
    ['http { log_format x "a; {" | ', 'http', ['log_format', 'x', 'a; {'], ''],
    ['http { server { location ~ \\.php$ { | } } }', 'location', [], ''],
    ['http { server { } } events { wor|', 'events', [], 'wor'],
    ['http { add_header a ${b}c|; }', 'http', ['add_header', 'a'], '${b}c'],
  ])('%s', (text, context, before, word) => {
    const place = placeAt(...at(text))
    expect([place.context, place.before, place.word.text]).toEqual([context, before, word])
  })

  test('a comment is one, a # within a word is none', () => {
    expect(placeAt(...at('http { # se|')).inComment).toBe(true)
    expect(placeAt(...at('http { rewrite a#b|')).inComment).toBe(false)
  })

  test('a piece of a file begins in the context it comes from', () => {
    expect(placeAt('location / { ', 13, 'server').context).toBe('location')
  })
})

describe('what is offered', () => {
  test('directives are those of the block one is in', () => {
    expect(labels(complete(...at('http { upstream x { | } }'), { asked: true }))).toEqual(
      expect.arrayContaining(['server', 'keepalive', 'least_conn', 'zone']),
    )
    const inLocation = labels(complete(...at('http { server { location / { pro| } } }'), { asked: false }))
    expect(inLocation).toEqual(expect.arrayContaining(['proxy_pass', 'limit_except', 'rewrite', 'if']))
    expect(inLocation).not.toContain('listen')
    expect(inLocation).not.toContain('upstream')
  })

  test('a directive comes with its semicolon, a block with its braces', () => {
    const offers = complete(...at('http { server { | } }'), { asked: true })?.offers ?? []
    const insert = (label: string): string | undefined => offers.find((one) => one.label === label)?.insert
    expect(insert('listen')).toBe('listen ${};')
    expect(insert('location')).toBe('location / {\n    ${}\n}')
    expect(insert('break')).toBe('break;')
  })

  test('behind a dollar there are variables, one’s own first', () => {
    const offers = complete(
      ...at('http { map $http_upgrade $up { } server { location / { proxy_set_header X $u| } } }'),
      { asked: false },
    )
    expect(labels(offers)[0]).toBe('up')
    expect(labels(offers)).toEqual(expect.arrayContaining(['uri', 'upstream_addr', 'http_']))
    expect(offers?.from).toBe(
      'http { map $http_upgrade $up { } server { location / { proxy_set_header X $'.length,
    )
  })

  test.each([
    ['upstream api {} server { location / { proxy_pass | } }', 'http://api'],
    ['proxy_cache_path /c keys_zone=pages:1m; server { proxy_cache | }', 'pages'],
    ['limit_req_zone $a zone=login:1m rate=1r/s; server { limit_req | }', 'zone=login'],
    ['limit_conn_zone $a zone=one:1m; server { limit_conn | }', 'one'],
    ['server { location @app {} location / { try_files $uri | } }', '@app'],
    ['log_format short x; server { access_log /a.log | }', 'short'],
    ['server { listen 80 | }', 'default_server'],
    ['server { proxy_buffering | }', 'off'],
    ['upstream a { server b:1 | }', 'weight='],
    ['server { proxy_set_header | }', 'X-Forwarded-For'],
  ])('%s offers %s', (inHttp, label) => {
    expect(labels(complete(...at(`http { ${inHttp} }`), { asked: true }))).toContain(label)
  })

  test('a piece of a file knows what the rest of it declares', () => {
    const around = 'http { upstream api { } map $a $mine { } }'
    const piece = (text: string): string[] =>
      labels(complete(...at(text), { asked: true, outer: 'server', around }))
    expect(piece('location / { proxy_pass | }')).toContain('http://api')
    expect(piece('location / { return 200 $| }')).toContain('mine')
  })

  test('nothing in a comment, and nothing unasked where nothing is typed', () => {
    expect(complete(...at('http { # | \n}'), { asked: true })).toBeUndefined()
    expect(complete(...at('http { | }'), { asked: false })).toBeUndefined()
  })
})

describe('what is said', () => {
  test('of a directive: syntax, default, contexts, and where nginx.org says more', () => {
    expect(directiveHelp('proxy_read_timeout', 'location')).toEqual({
      name: 'proxy_read_timeout',
      syntax: 'proxy_read_timeout time;',
      default: 'proxy_read_timeout 1m;',
      contexts: ['http', 'server', 'location'],
      doc: expect.stringMatching(/./),
      applied: 'engine',
      link: 'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout',
    })
    expect(directiveHelp('server', 'upstream')?.syntax).toMatch(
      /^server address .*\[weight=number\].*\[backup\]/,
    )
    expect(directiveHelp('server', 'http')?.syntax).toBe('server { ... }')
  })

  test('every name that is known has a form and a sentence', () => {
    const all = knownNames().map(
      (name) => directiveHelp(name, name === 'hash' ? 'upstream' : 'http') ?? directiveHelp(name, 'upstream'),
    )
    expect(all.filter((help) => !help?.doc || help.syntax.includes('undefined'))).toEqual([])
    const withoutForm = [...Object.values(directives), ...Object.values(upstreamTable)]
      .filter(({ syntax }) => syntax.arity[1] > 0)
      .filter(({ name, contexts }) => /^\w+;$/.test(directiveHelp(name, contexts[0] ?? 'main')?.syntax ?? ''))
    expect(withoutForm.map(({ name }) => name)).toEqual([])
  })

  test('of a variable under the cursor, with the directive it is used in', () => {
    const help = explainPlace(...at('http { server { location / { proxy_set_header Host $ho|st; } } }'))
    expect(help?.variable).toMatchObject({ name: 'host', doc: expect.stringContaining('Host field') })
    expect(help?.directive?.name).toBe('proxy_set_header')
    expect(explainPlace(...at('http { server { return 200 $nob|ody; } }'))?.variable?.doc).toContain(
      'nobody sets',
    )
  })
})

test('names are those that are declared, not those in comments', () => {
  expect(
    declaredNames('# upstream no {\nupstream "yes" { } limit_req_zone $a zone=z:1m rate=1r/s;'),
  ).toMatchObject({
    upstreams: ['yes'],
    requestZones: ['z'],
  })
})

test('a problem that names a path is shown on its line', () => {
  const text = `events {}
http {
    server {
        server_name a;
    }
    server {
        server_name b;
        location / {
            proxy_pass http://x;
            limit_req zone=none;
        }
    }
}
`
  const { config } = importNginx([{ name: 'n', text }], 'n')
  const { statements } = parse(text, 'n')
  const location = ['http', 'servers', '80 b', 'locations', '/']
  expect(lineOf(config, statements, [...location, 'limitReq', '0'])).toBe(10)
  expect(lineOf(config, statements, location)).toBe(8)
  expect(lineOf(config, statements, [...location, 'proxyCache'])).toBe(8)
})
