import { describe, expect, test } from 'vitest'
import type { Config, Http, Location, Server } from './model.ts'
import { validate } from './validate.ts'

const said = (config: Config): string[] =>
  validate(config).map(({ severity, message }) => `${severity}: ${message}`)
const inHttp = (http: Http): Config => ({ http })
const inServer = (server: Server): Config => ({ http: { servers: [server] } })
const at = (pattern: string, more: Partial<Location> = {}): Location => ({ modifier: '', pattern, ...more })
const inLocation = (more: Partial<Location>): Config => inServer({ locations: [at('/', more)] })

test('a configuration that nginx accepts has no problems', () => {
  const config: Config = {
    http: {
      logFormat: [{ name: 'short', format: '$remote_addr "$request" $upstream_addr $request_time' }],
      maps: [
        {
          source: '$http_upgrade',
          variable: '$connection_upgrade',
          entries: [
            ['default', 'upgrade'],
            ['', 'close'],
          ],
        },
      ],
      upstreams: [
        {
          name: 'api',
          server: [
            { address: '127.0.0.1:3001', weight: 3 },
            { address: '[::1]:3002', backup: true },
          ],
        },
        { name: 'socket', server: [{ address: 'unix:/run/app.sock' }] },
      ],
      servers: [
        {
          listen: [
            { address: '*', port: 80, defaultServer: true },
            { address: '::', port: 80 },
          ],
          serverName: ['app.localhost', '*.app.localhost', 'www.*', '~^(?<user>.+)\\.users$', ''],
          accessLog: [{ path: '/var/log/$host.log', format: 'short' }],
          rewrites: [
            { directive: 'set', variable: 'who', value: '$user' },
            { directive: 'return', code: 301, text: 'https://$host${request_uri}$arg_x$1' },
          ],
          locations: [
            at('/', { proxyPass: 'http://api/' }),
            { modifier: '=', pattern: '/', proxyPass: 'http://socket' },
            { modifier: '~', pattern: '\\.php$', proxyPass: 'http://127.0.0.1:9000' },
            { modifier: '~', pattern: '\\.php$', proxyPass: 'http://$who' },
            { modifier: '@', pattern: 'app', proxyPass: 'http://unix:/run/app.sock' },
            at('/files', {
              tryFiles: ['$uri', '@app'],
              locations: [at('/files/a'), { modifier: '~', pattern: 'b' }],
            }),
          ],
        },
        { serverName: ['other.localhost'] },
      ],
    },
  }
  expect(said(config)).toEqual([])
})

describe('proxy_pass', () => {
  test.for([
    ['backend', 'error: invalid URL prefix'],
    ['http://', 'error: no host in upstream ""'],
    ['http://:80', 'error: no host in upstream ":80"'],
    ['http:///x', 'error: no host in upstream "/x"'],
    ['http://h:99999', 'error: invalid port in upstream "h:99999"'],
    ['http://h:x/', 'error: invalid port in upstream "h:x"'],
    ['http://[::1', 'error: invalid host in upstream "[::1"'],
    ['http://app', 'warning: "app" in proxy_pass is the name of no upstream, so it is looked up as a host'],
  ] as const)('%s', ([proxyPass, message]) => {
    expect(said(inLocation({ proxyPass }))).toEqual([message])
  })

  test('names a port only where no upstream has the name', () => {
    const config = inHttp({
      upstreams: [{ name: 'App', server: [{ address: '127.0.0.1:1' }] }],
      servers: [{ locations: [at('/', { proxyPass: 'http://app:8080' })] }],
    })
    expect(said(config)).toEqual(['error: upstream "app" may not have port 8080'])
  })

  test('has no URI part where there is no prefix it could replace', () => {
    const proxyPass = 'http://127.0.0.1:1/'
    const refused = expect.stringContaining('error: "proxy_pass" cannot have URI part') as string
    const block = { proxyPass }
    expect(said(inServer({ locations: [{ modifier: '~', pattern: 'x', proxyPass }] }))).toEqual([refused])
    expect(said(inServer({ locations: [{ modifier: '@', pattern: 'x', proxyPass }] }))).toEqual([refused])
    expect(said(inLocation({ limitExcept: { methods: ['GET'], proxyPass } }))).toEqual([refused])
    expect(
      said(inLocation({ rewrites: [{ directive: 'if', condition: { operand: '$uri' }, block }] })),
    ).toEqual([refused])
    expect(said(inServer({ locations: [{ modifier: '^~', pattern: '/x', proxyPass }] }))).toEqual([])
  })
})

test('a problem points at the field it is about', () => {
  const config = inServer({
    serverName: ['a.localhost'],
    locations: [at('/'), at('/x', { rewrites: [{ directive: 'return', text: '$nobody' }] })],
  })
  expect(validate(config)).toEqual([
    {
      severity: 'error',
      code: 'unknown-variable',
      path: ['http', 'servers', '80 a.localhost', 'locations', '/x', 'rewrites', '0'],
      message: 'unknown "nobody" variable',
      fix: 'correct the name, or declare it with set or map',
    },
  ])
})

test('a variable that only a kept directive can declare is believed', () => {
  const config = inHttp({
    unhandled: [{ name: 'js_set', args: ['$token', 'main.token'] }],
    servers: [{ rewrites: [{ directive: 'return', code: 200, text: '$token' }] }],
  })
  expect(said(config)).toEqual([])
})

test.for([
  ['a$', 'invalid variable name'],
  ['a$-', 'invalid variable name'],
  ['a${b', 'the closing bracket in "b" variable is missing'],
  ['$nosuch', 'unknown "nosuch" variable'],
])('a text with %s is refused', ([text, message]) => {
  const rewrites: Server['rewrites'] = [{ directive: 'return', code: 200, text }]
  expect(said(inServer({ rewrites }))).toEqual([`error: ${message}`])
})

test('every kind of text is looked through for variables', () => {
  const uses: Config[] = [
    inLocation({ proxyPass: 'http://$nosuch' }),
    inLocation({ proxySetHeader: [{ name: 'X', value: 'a$nosuch' }] }),
    inLocation({ addHeader: [{ name: 'X', value: '$nosuch' }] }),
    inLocation({ tryFiles: ['$nosuch', '/a'] }),
    inLocation({ errorPage: [{ codes: [404], uri: '/$nosuch' }] }),
    inLocation({ root: '/srv/$nosuch' }),
    inLocation({ proxyRedirect: [{ from: 'http://a', to: '$nosuch' }] }),
    inLocation({ proxyRedirect: [{ from: '~^http://a$', to: '/$nosuch$1' }] }),
    inServer({ accessLog: [{ path: '/tmp/$nosuch' }] }),
    inServer({ accessLog: [{ path: '/tmp/a', if: '$nosuch' }] }),
    inHttp({ logFormat: [{ name: 'a', format: '$nosuch' }] }),
    inHttp({ maps: [{ source: '$nosuch', variable: '$a', entries: [] }] }),
    inHttp({ maps: [{ source: '$uri', variable: '$a', entries: [['b', '$nosuch']] }] }),
    inHttp({ splitClients: [{ source: '$nosuch', variable: '$a', parts: [] }] }),
    inHttp({ upstreams: [{ name: 'u', hash: { key: '$nosuch' }, server: [{ address: '127.0.0.1:1' }] }] }),
    inServer({ rewrites: [{ directive: 'set', variable: 'a', value: '$nosuch' }] }),
    inServer({ rewrites: [{ directive: 'rewrite', regex: '^', replacement: '/$nosuch' }] }),
    inServer({ rewrites: [{ directive: 'if', condition: { operand: '$nosuch' }, block: {} }] }),
  ]
  expect(uses.map(said)).toEqual(uses.map(() => ['error: unknown "nosuch" variable']))
})

test('a group with a name in a regular expression is a variable', () => {
  const regex = '^/(?<rest>.*)$'
  const uses: Partial<Location>[] = [
    { proxyRedirect: [{ from: `~${regex}`, to: '/$rest' }] },
    { proxyCookieDomain: [{ from: `~${regex}`, to: '$rest' }] },
    { rewrites: [{ directive: 'rewrite', regex, replacement: '/$rest' }] },
    {
      rewrites: [
        { directive: 'if', condition: { operand: '$uri', operator: '~', value: regex }, block: {} },
        { directive: 'set', variable: 'a', value: '$rest' },
      ],
    },
  ]
  expect(uses.map((use) => said(inLocation(use)))).toEqual(uses.map(() => []))
  const location: Location = { modifier: '~', pattern: regex, root: '/srv/$rest' }
  expect(said(inServer({ locations: [location] }))).toEqual([])
})

test('what nginx itself sets cannot be set', () => {
  const set = (variable: string): Config =>
    inServer({ rewrites: [{ directive: 'set', variable, value: 'x' }] })
  expect(said(set('host'))).toEqual(['error: the duplicate "host" variable'])
  expect(said(set('args'))).toEqual([])
  expect(said(set('http_x'))).toEqual([])
})

test('upstreams', () => {
  const server = [{ address: '127.0.0.1:1' }]
  expect(
    said(
      inHttp({
        upstreams: [
          { name: 'u', server },
          { name: 'U', server },
        ],
      }),
    ),
  ).toEqual(['error: duplicate upstream "U"'])
  expect(said(inHttp({ upstreams: [{ name: 'u' }] }))).toEqual(['error: no servers are inside upstream'])
  expect(said(inHttp({ upstreams: [{ name: 'u', server: [{ address: 'a:1', backup: true }] }] }))).toEqual([
    'error: no servers in upstream "u"',
  ])
  const backup = [...server, { address: '127.0.0.1:2', backup: true as const }]
  expect(said(inHttp({ upstreams: [{ name: 'u', ipHash: true, server: backup }] }))).toEqual([
    'error: balancing method does not support parameter "backup"',
  ])
  expect(said(inHttp({ upstreams: [{ name: 'u', leastConn: true, server: backup }] }))).toEqual([])
  expect(said(inHttp({ upstreams: [{ name: 'u', leastConn: true, ipHash: true, server }] }))).toEqual([
    'warning: load balancing method redefined',
  ])
})

test('locations', () => {
  const nested = (outer: Location, inner: Location): string[] =>
    said(inServer({ locations: [{ ...outer, locations: [inner] }] }))
  expect(said(inServer({ locations: [at('/a'), { modifier: '^~', pattern: '/a' }] }))).toEqual([
    'error: duplicate location "/a"',
  ])
  expect(said(inServer({ locations: [at('/a'), { modifier: '=', pattern: '/a' }] }))).toEqual([])
  expect(nested(at('/a'), at('/b'))).toEqual(['error: location "/b" is outside location "/a"'])
  expect(nested({ modifier: '=', pattern: '/a' }, at('/a'))).toEqual([
    'error: location "/a" cannot be inside the exact location "/a"',
  ])
  expect(nested({ modifier: '@', pattern: 'a' }, at('/a'))).toEqual([
    'error: location "/a" cannot be inside the named location "@a"',
  ])
  expect(nested(at('/a'), { modifier: '@', pattern: 'b' })).toEqual([
    'error: named location "@b" can be on the server level only',
  ])
  expect(said(inLocation({ alias: '/x', root: '/y' }))).toEqual([
    'error: "alias" directive is duplicate, "root" directive was specified earlier',
  ])
  expect(said(inLocation({ errorPage: [{ codes: [404], uri: '@none' }] }))).toEqual([
    'warning: could not find named location "@none"',
  ])
})

test('servers', () => {
  const listen = [{ address: '*', port: 81 }]
  const named = (name: string): string[] => said(inServer({ serverName: [name] }))
  expect(
    said(
      inHttp({
        servers: [
          { listen, serverName: ['A'] },
          { listen, serverName: ['a'] },
        ],
      }),
    ),
  ).toEqual(['warning: conflicting server name "a" on 0.0.0.0:81, ignored'])
  expect(said(inHttp({ servers: [{}, {}] }))).toEqual([
    'warning: conflicting server name "" on 0.0.0.0:80, ignored',
  ])
  expect(said(inServer({ listen: [...listen, ...listen] }))).toEqual(['error: a duplicate listen 0.0.0.0:81'])
  const first = { listen: [{ address: '*', port: 81, defaultServer: true as const }] }
  expect(said(inHttp({ servers: [first, { ...first, serverName: ['b'] }] }))).toEqual([
    'error: a duplicate default server for 0.0.0.0:81',
  ])
  const tuned = { listen: [{ address: '*', port: 81, backlog: 5 }] }
  expect(said(inHttp({ servers: [tuned, { ...tuned, serverName: ['b'] }] }))).toEqual([
    'error: duplicate listen options for 0.0.0.0:81',
  ])
  expect(named('*')).toEqual(['error: server name "*" is invalid'])
  expect(named('a.*.b')).toEqual([])
  expect(
    said(
      inHttp({ servers: [{ serverName: ['a.*.b', '*.a.*', 'x*', '*.a', 'a.*'] }, { serverName: ['b'] }] }),
    ),
  ).toEqual([
    'error: invalid server name or wildcard "a.*.b" on 0.0.0.0:80',
    'error: invalid server name or wildcard "*.a.*" on 0.0.0.0:80',
    'error: invalid server name or wildcard "x*" on 0.0.0.0:80',
  ])
  expect(named('~')).toEqual(['error: empty regex in server name "~"'])
  expect(named('https://a')).toEqual(['warning: server name "https://a" has suspicious symbols'])
})

test('certificates are missed, but the local authority steps in', () => {
  const listen = [{ address: '*', port: 443, ssl: true as const }]
  expect(said(inServer({ listen }))).toEqual([
    'warning: no "ssl_certificate" is defined for the "listen ... ssl" directive',
  ])
  expect(said(inServer({ listen, sslCertificate: ['a.pem'] }))).toEqual([
    'warning: no "ssl_certificate_key" is defined for certificate "a.pem"',
  ])
  expect(said(inServer({ listen, sslRejectHandshake: true }))).toEqual([])
  expect(said(inServer({ sslCertificate: ['a.pem'] }))).toEqual([
    'warning: no "ssl_certificate_key" is defined for certificate "a.pem"',
  ])
})

test('the default server of an address lends its certificate to the others', () => {
  const listen = [{ address: '*', port: 443, ssl: true as const }]
  const complete = { listen, sslCertificate: ['a.pem'], sslCertificateKey: ['a.key'] }
  const bare = { listen, serverName: ['b'] }
  const missing = ['warning: no "ssl_certificate" is defined for the "listen ... ssl" directive']
  expect(said(inHttp({ servers: [complete, bare] }))).toEqual([])
  expect(said(inHttp({ servers: [bare, complete] }))).toEqual(missing)
  const chosen = {
    ...complete,
    listen: [{ address: '*', port: 443, ssl: true as const, defaultServer: true as const }],
  }
  expect(said(inHttp({ servers: [bare, chosen] }))).toEqual([])
  // One line that says ssl makes the whole address TLS.
  expect(said(inHttp({ servers: [{ listen: [{ address: '*', port: 443 }] }, bare] }))).toEqual(missing)
})

test('tables', () => {
  const map = (...patterns: string[]): string[] =>
    said(inHttp({ maps: [{ source: '$uri', variable: '$m', entries: patterns.map((one) => [one, 'x']) }] }))
  expect(map('a', 'A')).toEqual(['error: conflicting parameter "A"'])
  expect(map('default', 'default')).toEqual(['error: duplicate default map parameter'])
  expect(map('~a', '~a', 'b')).toEqual([])
  const split = (...shares: string[]): string[] =>
    said(
      inHttp({ splitClients: [{ source: '$uri', variable: '$s', parts: shares.map((one) => [one, 'x']) }] }),
    )
  expect(split('60%', '50%')).toEqual(['error: percent total is greater than 100%'])
  expect(split('0.5%', '99.5%', '*')).toEqual([])
})

test('formats and zones are declared', () => {
  const zone = { name: 'a', size: 1_048_576 }
  const rate = { requests: 1, per: 's' as const }
  expect(said(inServer({ accessLog: [{ path: 'x', format: 'none' }] }))).toEqual([
    'error: unknown log format "none"',
  ])
  expect(said(inHttp({ logFormat: [{ name: 'combined', format: 'x' }] }))).toEqual([
    'error: duplicate "log_format" name "combined"',
  ])
  expect(said(inLocation({ limitReq: [{ zone: 'a' }] }))).toEqual(['error: zero size shared memory zone "a"'])
  expect(said(inLocation({ proxyCache: 'a' }))).toEqual(['error: "proxy_cache" zone "a" is unknown'])
  expect(
    said(inHttp({ limitReqZone: [{ key: '$uri', zone, rate }], limitConn: [{ zone: 'a', connections: 1 }] })),
  ).toEqual(['error: the shared memory zone "a" is already declared for a different use'])
  expect(
    said(
      inHttp({
        limitReqZone: [
          { key: '$uri', zone, rate },
          { key: '$host', zone, rate },
        ],
      }),
    ),
  ).toEqual(['error: limit_req_zone "a" is already bound to key "$uri"'])
})

const upstreamWith = (name: string, more: Partial<NonNullable<Http['upstreams']>[number]>): Config =>
  inHttp({ upstreams: [{ name, server: [{ address: 'app.test:80' }], ...more }] })

test.each<[string, Config, string[]]>([
  [
    'a zone without a size',
    upstreamWith('a', { zone: { name: 'z' } }),
    ['error: zero size shared memory zone "z"'],
  ],
  [
    'a zone that two upstreams have in common',
    inHttp({
      upstreams: [
        { name: 'a', server: [{ address: '127.0.0.1:1' }], zone: { name: 'z', size: 65_536 } },
        { name: 'b', server: [{ address: '127.0.0.1:2' }], zone: { name: 'z' } },
      ],
    }),
    [],
  ],
  [
    'two sizes of one zone',
    inHttp({
      upstreams: [
        { name: 'a', server: [{ address: '127.0.0.1:1' }], zone: { name: 'z', size: 65_536 } },
        { name: 'b', server: [{ address: '127.0.0.1:2' }], zone: { name: 'z', size: 131_072 } },
      ],
    }),
    ['error: the size 131072 of shared memory zone "z" conflicts with already declared size 65536'],
  ],
  [
    'a zone that is a limit, too',
    inHttp({
      limitReqZone: [{ key: '$uri', zone: { name: 'z', size: 65_536 }, rate: { requests: 1, per: 's' } }],
      upstreams: [{ name: 'a', server: [{ address: '127.0.0.1:1' }], zone: { name: 'z', size: 65_536 } }],
    }),
    ['error: the shared memory zone "z" is already declared for a different use'],
  ],
  [
    'resolve without zone and resolver',
    upstreamWith('a', { server: [{ address: 'app.test:80', resolve: true }] }),
    [
      'error: no resolver defined to resolve names at run time in upstream "a"',
      'error: resolving names at run time requires upstream "a" to be in shared memory',
      'note: upstream "a" uses "resolve", which nginx has since 1.27.3 and refuses before',
    ],
  ],
  [
    'sticky',
    upstreamWith('a', { sticky: { by: 'cookie', name: 'srv' } }),
    ['note: upstream "a" uses "sticky", which nginx has since 1.29.6 and refuses before'],
  ],
])('%s', (_what, config, problems) => {
  expect(said(config)).toEqual(problems)
})
