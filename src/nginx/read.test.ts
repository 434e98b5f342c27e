import { expect, test } from 'vitest'
import type { Config } from '../config/model.ts'
import { pathKey } from '../config/path.ts'
import { parse } from './parser.ts'
import { readConfig, type ReadConfig } from './read.ts'

function read(text: string, strict = false): ReadConfig {
  return readConfig(parse(text, 'f').statements, { strict })
}

function http(text: string): Config['http'] {
  return read(`http { ${text} }`).config.http
}

/** The first error in nginx's form. */
function refusal(text: string): string | undefined {
  const problem = read(text, true).problems.find((p) => p.severity === 'error')
  return problem && `${problem.message} in ${problem.file}:${problem.line}`
}

// Each text was given to `nginx -t` of nginx 1.22.1, which printed exactly this.
test.each<[text: string, message: string]>([
  ['foo bar;', 'unknown directive "foo" in f:1'],
  ['events {}\nhttp {\n  foo {\n  }\n}', 'unknown directive "foo" in f:3'],
  ['\uFEFFdaemon off;', 'unknown directive "\uFEFFdaemon" in f:1'],
  ['listen 80;', '"listen" directive is not allowed here in f:1'],
  ['server {\n}', '"server" directive is not allowed here in f:1'],
  ['http { proxy_pass http://a; }', '"proxy_pass" directive is not allowed here in f:1'],
  ['http { upstream a { listen 80; } }', '"listen" directive is not allowed here in f:1'],
  ['http { server { location / { server a; } } }', '"server" directive is not allowed here in f:1'],
  ['http { return 200; }', '"return" directive is not allowed here in f:1'],
  [
    'http { server { if ($a) { proxy_pass http://a; } } }',
    '"proxy_pass" directive is not allowed here in f:1',
  ],
  [
    'http { server { location / { if ($uri) { if ($uri) { } } } } }',
    '"if" directive is not allowed here in f:1',
  ],
  ['http { http { } }', '"http" directive is not allowed here in f:1'],
  ['events { } events { }', '"events" directive is duplicate in f:1'],
  ['daemon off { }', 'directive "daemon" is not terminated by ";" in f:1'],
  ['events;', 'directive "events" has no opening "{" in f:1'],
  ['http { server { location /; } }', 'directive "location" has no opening "{" in f:1'],
  ['http { server { break { } } }', 'directive "break" is not terminated by ";" in f:1'],
  ['include a { }', 'directive "include" is not terminated by ";" in f:1'],
  ['include a b;', 'invalid number of arguments in "include" directive in f:1'],
  ['daemon;', 'invalid number of arguments in "daemon" directive in f:1'],
  ['daemon on off;', 'invalid number of arguments in "daemon" directive in f:1'],
  ['events a { }', 'invalid number of arguments in "events" directive in f:1'],
  ['http { upstream { } }', 'invalid number of arguments in "upstream" directive in f:1'],
  ['http { server { location a b c { } } }', 'invalid number of arguments in "location" directive in f:1'],
  ['http { server { return; } }', 'invalid number of arguments in "return" directive in f:1'],
  ['http { server { set $a; } }', 'invalid number of arguments in "set" directive in f:1'],
  ['http { map $a { } }', 'invalid number of arguments in "map" directive in f:1'],
  ['daemon off;\ndaemon\noff;', '"daemon" directive is duplicate in f:3'],
  ['http { http2_chunk_size 0; }', 'the http2 chunk size cannot be zero in f:1'],
  [
    'http { http2_body_preread_size 3000000000; }',
    'the maximum body preread buffer size is 2147483647 in f:1',
  ],
  ['http { http2_pool_size 1000; }', 'the pool size must be a multiple of 16 in f:1'],
  ['http { sendfile on; sendfile on; }', '"sendfile" directive is duplicate in f:1'],
  ['daemon yes;', 'invalid value "yes" in "daemon" directive, it must be "on" or "off" in f:1'],
  ['http { client_max_body_size 1x; }', '"client_max_body_size" directive invalid value in f:1'],
  ['http { proxy_read_timeout 1x; }', '"proxy_read_timeout" directive invalid value in f:1'],
  ['http { keepalive_requests x; }', '"keepalive_requests" directive invalid number in f:1'],
  ['http { proxy_http_version 2; }', 'invalid value "2" in f:1'],
  ['http { server { location ^ /a { } } }', 'invalid location modifier "^" in f:1'],
  [
    'http { server { location = /a { location /a/b { } } } }',
    'location "/a/b" cannot be inside the exact location "/a" in f:1',
  ],
  [
    'http { server { location @a { location /b { } } } }',
    'location "/b" cannot be inside the named location "@a" in f:1',
  ],
  [
    'http { server { location /a { location @b { } } } }',
    'named location "@b" can be on the server level only in f:1',
  ],
  [
    'http { server { location /a/ { location /b/ { } } } }',
    'location "/b/" is outside location "/a/" in f:1',
  ],
  [
    'http { server { location ~ ^/a { location /a/b { } } } }',
    'location "/a/b" is outside location "^/a" in f:1',
  ],
  ['http { server { return abc; } }', 'invalid return code "abc" in f:1'],
  ['http { server { return 1000; } }', 'invalid return code "1000" in f:1'],
  ['http { server { return http://a b; } }', 'invalid return code "http://a" in f:1'],
  ['http { server { rewrite a ""; } }', 'empty replacement in f:1'],
  ['http { server { rewrite a b c; } }', 'invalid parameter "c" in f:1'],
  ['http { server { set a b; } }', 'invalid variable name "a" in f:1'],
  ['http { server { if $uri { } } }', 'invalid condition "$uri" in f:1'],
  ['http { server { if ($uri { } } }', 'invalid condition "$uri" in f:1'],
  ['http { server { if ($uri = ) { } } }', 'invalid condition "$uri" in f:1'],
  ['http { server { if ($uri == a) { } } }', 'unexpected "==" in condition in f:1'],
  ['http { server { if (-q a) { } } }', 'invalid condition "-q" in f:1'],
  ['http { server { if (a = b) { } } }', 'invalid condition "a" in f:1'],
  ['http { server { location / { limit_except FOO { } } } }', 'invalid method "FOO" in f:1'],
  [
    'http { server { location / { limit_except GET { } limit_except GET { } } } }',
    '"limit_except" directive is duplicate in f:1',
  ],
  ['http { map $uri b { } }', 'invalid variable name "b" in f:1'],
  ['http { map $uri $b { a b c; } }', 'invalid number of the map parameters in f:1'],
  ['http { map $uri $b { a { } } }', 'unexpected "{" in f:1'],
  ['http { map $uri $b { include a b; } }', 'invalid number of the map parameters in f:1'],
  ['http { geo $b { a; } }', 'invalid number of the geo parameters in f:1'],
  ['http { geo b { } }', 'invalid variable name "b" in f:1'],
  [
    'http { geo $b { 1.1.1.1 x; ranges; } }',
    'the "ranges" directive must be the first directive inside "geo" block in f:1',
  ],
  ['http { split_clients $uri $b { 10 x; } }', 'invalid percent value "10" in f:1'],
  ['http { types { include a b; } }', 'invalid number of arguments in "include" directive in f:1'],
  ['http { types { a { } } }', 'unexpected "{" in f:1'],
  ['http { server { location ~ ^/a{2}$ { } } }', 'unknown directive "2}$" in f:1'],
  ['worker_processes x;', '"worker_processes" directive invalid value in f:1'],
  ['events { worker_connections x; }', 'invalid number "x" in f:1'],
  ['error_log a b c;', 'invalid log level "b" in f:1'],
  ['error_log a warn error;', 'duplicate log level "error" in f:1'],
  ['http { gzip_comp_level 10; }', 'value must be between 1 and 9 in f:1'],
  ['http { gzip_comp_level 99999999999999999999; }', '"gzip_comp_level" directive invalid number in f:1'],
  ['http { sub_filter a; }', 'invalid number of arguments in "sub_filter" directive in f:1'],
  [
    'http { keepalive_disable a b c; }',
    'invalid number of arguments in "keepalive_disable" directive in f:1',
  ],
  ['http { limit_req_zone $uri zone=a:x rate=1r/s; }', 'invalid zone size "zone=a:x" in f:1'],
  ['http { limit_req_zone $uri zone=a:1k rate=1r/s; }', 'zone "zone=a:1k" is too small in f:1'],
  ['http { limit_req zone=a burst=0; }', 'invalid burst value "burst=0" in f:1'],
  ['http { limit_conn a 0; }', 'invalid number of connections "0" in f:1'],
  ['http { proxy_cache_path /a levels=3 keys_zone=a:1m; }', 'invalid "levels" "levels=3" in f:1'],
  ['http { proxy_cache_path /a inactive=5m; }', '"proxy_cache_path" must have "keys_zone" parameter in f:1'],
  ['http { proxy_cache_path /a keys_zone=a:1m max_size=x; }', 'invalid max_size value "max_size=x" in f:1'],
  ['http { access_log a combined buffer=x; }', 'invalid buffer size "x" in f:1'],
  ['http { error_page 200 /a; }', 'value "200" must be between 300 and 599 in f:1'],
  ['http { server { listen 80 backlog=x; } }', 'invalid backlog "backlog=x" in f:1'],
  [
    'http { server { listen 127.0.0.1:x; } }',
    'invalid port in "127.0.0.1:x" of the "listen" directive in f:1',
  ],
  ['http { server { listen 80 x; } }', 'invalid parameter "x" in f:1'],
  ['http { upstream a { server 127.0.0.1 weight=0; } }', 'invalid parameter "weight=0" in f:1'],
  ['http { upstream a { keepalive 0; } }', 'invalid value "0" in "keepalive" directive in f:1'],
  [
    'http { server { location / { proxy_set_header a; } } }',
    'invalid number of arguments in "proxy_set_header" directive in f:1',
  ],
  ['http { server { listen 80\n  server_name a; } }', 'invalid parameter "server_name" in f:2'],
])('%j is refused as nginx does', (text, message) => {
  expect(refusal(text)).toBe(message)
})

// nginx takes these in any case, and several of these lines add up.
test.each<[text: string, fields: object]>([
  ['lingering_close OFF;', { lingeringClose: 'off' }],
  ['sendfile ON;', { sendfile: true }],
  ['gzip_types a b; gzip_types c;', { gzipTypes: ['a', 'b', 'c'] }],
  ['ssl_protocols TLSv1.2; ssl_protocols tlsv1.3;', { sslProtocols: ['TLSv1.2', 'TLSv1.3'] }],
  ['index a; index b c;', { index: ['a', 'b', 'c'] }],
])('%j is accepted as nginx does', (text, fields) => {
  expect(http(text)).toEqual(fields)
})

test('a plain configuration becomes its fields, and every field knows its line', () => {
  const { config, problems, positions } = read(`worker_processes auto;
http {
  upstream api {
    server 127.0.0.1:3001 weight=3;
    server 127.0.0.1:3002 backup;
    keepalive 16;
  }
  server {
    listen 80;
    server_name a.test
      b.test;
    server_name c.test;
    location /api/ {
      proxy_pass http://api/;
      proxy_read_timeout 1m;
    }
    location = /api/ { }
  }
  server { listen 80; server_name a.test b.test c.test; }
}`)
  expect(problems).toEqual([])
  expect(config).toEqual({
    workerProcesses: 'auto',
    http: {
      upstreams: [
        {
          name: 'api',
          server: [
            { address: '127.0.0.1:3001', weight: 3 },
            { address: '127.0.0.1:3002', backup: true },
          ],
          keepalive: 16,
        },
      ],
      servers: [
        {
          listen: [{ address: '*', port: 80 }],
          serverName: ['a.test', 'b.test', 'c.test'],
          locations: [
            { modifier: '', pattern: '/api/', proxyPass: 'http://api/', proxyReadTimeout: 60_000 },
            { modifier: '=', pattern: '/api/' },
          ],
        },
        { listen: [{ address: '*', port: 80 }], serverName: ['a.test', 'b.test', 'c.test'] },
      ],
    },
  } satisfies Config)
  const line = (...path: string[]): number | undefined => positions.get(pathKey(path))?.line
  const server = '80 a.test b.test c.test'
  expect({
    workers: line('workerProcesses'),
    http: line('http'),
    upstream: line('http', 'upstreams', 'api'),
    peer: line('http', 'upstreams', 'api', 'server', '1'),
    server: line('http', 'servers', server),
    second: line('http', 'servers', `${server}#2`),
    name: line('http', 'servers', server, 'serverName'),
    location: line('http', 'servers', server, 'locations', '= /api/'),
    proxyPass: line('http', 'servers', server, 'locations', '/api/', 'proxyPass'),
  }).toEqual({
    workers: 1,
    http: 2,
    upstream: 3,
    peer: 5,
    server: 8,
    second: 19,
    name: 11,
    location: 17,
    proxyPass: 14,
  })
})

test('rewrite lines keep their order, if blocks among them', () => {
  expect(
    http(`server {
      set $a b;
      if ($host = "a b") { return 301 https://$host$request_uri; }
      rewrite ^/x(.*) /y$1 last;
      if (!-f $request_filename) { break; }
      return https://a.test;
      location / { if ($uri ~* "\\.php$") { add_header A b; set $c ""; } }
    }`)?.servers,
  ).toEqual([
    {
      rewrites: [
        { directive: 'set', variable: 'a', value: 'b' },
        {
          directive: 'if',
          condition: { operand: '$host', operator: '=', value: 'a b' },
          block: { rewrites: [{ directive: 'return', code: 301, text: 'https://$host$request_uri' }] },
        },
        { directive: 'rewrite', regex: '^/x(.*)', replacement: '/y$1', flag: 'last' },
        {
          directive: 'if',
          condition: { operand: '$request_filename', operator: '!-f' },
          block: { rewrites: [{ directive: 'break' }] },
        },
        { directive: 'return', text: 'https://a.test' },
      ],
      locations: [
        {
          modifier: '',
          pattern: '/',
          rewrites: [
            {
              directive: 'if',
              condition: { operand: '$uri', operator: '~*', value: '\\.php$' },
              block: {
                addHeader: [{ name: 'A', value: 'b' }],
                rewrites: [{ directive: 'set', variable: 'c', value: '' }],
              },
            },
          ],
        },
      ],
    },
  ])
})

test.each<[string, object]>([
  ['($a)', { operand: '$a' }],
  ['( $a )', { operand: '$a' }],
  ['($a = b)', { operand: '$a', operator: '=', value: 'b' }],
  ['($a != "")', { operand: '$a', operator: '!=', value: '' }],
  ['($a = "b)")', { operand: '$a', operator: '=', value: 'b)' }],
  ['($a ~ ^/(b|c)$)', { operand: '$a', operator: '~', value: '^/(b|c)$' }],
  ['( -d /a/$b )', { operand: '/a/$b', operator: '-d' }],
])('the condition %s is understood', (text, condition) => {
  expect(http(`server { if ${text} { } }`)?.servers).toEqual([
    { rewrites: [{ directive: 'if', condition, block: {} }] },
  ])
})

test.each<[string, object]>([
  ['/a', { modifier: '', pattern: '/a' }],
  ['= /a', { modifier: '=', pattern: '/a' }],
  ['=/a', { modifier: '=', pattern: '/a' }],
  ['^~ /a', { modifier: '^~', pattern: '/a' }],
  ['^~/a', { modifier: '^~', pattern: '/a' }],
  ['~ \\.a$', { modifier: '~', pattern: '\\.a$' }],
  ['~\\.a$', { modifier: '~', pattern: '\\.a$' }],
  ['~* "a b"', { modifier: '~*', pattern: 'a b' }],
  ['~*\\.a$', { modifier: '~*', pattern: '\\.a$' }],
  ['@a', { modifier: '@', pattern: 'a' }],
])('location %s is matched so', (text, head) => {
  expect(http(`server { location ${text} { } }`)?.servers).toEqual([{ locations: [head] }])
})

test('tables keep their lines in order', () => {
  expect(
    http(`
      map $http_upgrade $connection_upgrade { default upgrade; '' close; ~^x y; hostnames; volatile; }
      geo $country { ranges; default a; 10.0.0.0-10.0.0.255 b; }
      geo $arg_ip $x { proxy 10.0.0.1; delete 10.0.0.2; proxy_recursive; ::1 c; }
      split_clients "$remote_addr" $half { 50% a; 0.5% b; * ""; }
      types { text/html html htm; text/css css; }
      types { text/html shtml; }`),
  ).toEqual({
    maps: [
      {
        source: '$http_upgrade',
        variable: 'connection_upgrade',
        hostnames: true,
        volatile: true,
        entries: [
          ['default', 'upgrade'],
          ['', 'close'],
          ['~^x', 'y'],
        ],
      },
    ],
    geos: [
      {
        variable: 'country',
        ranges: true,
        entries: [
          ['default', 'a'],
          ['10.0.0.0-10.0.0.255', 'b'],
        ],
      },
      {
        source: 'arg_ip',
        variable: 'x',
        proxies: ['10.0.0.1'],
        deletes: ['10.0.0.2'],
        proxyRecursive: true,
        entries: [['::1', 'c']],
      },
    ],
    splitClients: [
      {
        source: '$remote_addr',
        variable: 'half',
        parts: [
          ['50%', 'a'],
          ['0.5%', 'b'],
          ['*', ''],
        ],
      },
    ],
    types: { 'text/html': ['html', 'htm', 'shtml'], 'text/css': ['css'] },
  })
})

test('allow and deny are one list in the order written', () => {
  expect(http('allow 10.0.0.0/8; deny all;')).toMatchObject({
    access: [
      { directive: 'allow', from: '10.0.0.0/8' },
      { directive: 'deny', from: 'all' },
    ],
  })
})

test('what is unknown is kept in its block with its position, and said', () => {
  const { config, problems, outcomes } = read(
    'http {\n  server {\n    lua a;\n    lua_block { b c; }\n  }\n}',
  )
  expect(config.http?.servers?.[0]?.unhandled).toEqual([
    { name: 'lua', args: ['a'], position: { file: 'f', line: 3 } },
    {
      name: 'lua_block',
      args: [],
      position: { file: 'f', line: 4 },
      block: [{ name: 'b', args: ['c'], position: { file: 'f', line: 4 } }],
    },
  ])
  expect(problems).toMatchObject([
    { severity: 'warning', code: 'unknown-directive', message: 'unknown directive "lua"', line: 3 },
    { severity: 'warning', message: 'unknown directive "lua_block"', path: ['http', 'servers', '80'] },
  ])
  expect(outcomes.filter((o) => o.applied === 'kept').map((o) => [o.name, o.position?.line])).toEqual([
    ['lua', 3],
    ['lua_block', 4],
    ['b', 4],
  ])
})

test('nothing in a block that is not applied counts as applied', () => {
  const { outcomes } = read('http { server { location / { limit_except GET { proxy_pass http://a; } } } }')
  expect(outcomes.map((o) => [o.name, o.applied]).slice(2)).toEqual([
    ['location', 'engine'],
    ['limit_except', 'kept'],
    ['proxy_pass', 'kept'],
  ])
})

test('what nginx has replaced is taken as often as it stands there, with its warning', () => {
  const { config, problems, outcomes } = read('http {\n  http2_idle_timeout 3m;\n  http2_idle_timeout x;\n}')
  expect(config.http).toMatchObject({ http2IdleTimeout: ['3m', 'x'] })
  const message =
    'the "http2_idle_timeout" directive is obsolete, use the "keepalive_timeout" directive instead'
  expect(problems).toMatchObject([
    { severity: 'warning', code: 'obsolete', message, line: 2 },
    { severity: 'warning', code: 'obsolete', message, line: 3 },
  ])
  expect(outcomes.slice(1).map(({ applied }) => applied)).toEqual(['export', 'export'])
})

test('what is wrong is an error, and kept all the same', () => {
  const { config, problems } = read(
    'daemon maybe; daemon off; daemon on; http { types { a { } b c; } map $a $b { x; } }',
  )
  expect(problems.map((p) => [p.severity, p.code, p.message])).toEqual([
    ['error', 'invalid-value', 'invalid value "maybe" in "daemon" directive, it must be "on" or "off"'],
    ['error', 'duplicate', '"daemon" directive is duplicate'],
    ['error', 'invalid-line', 'unexpected "{"'],
    ['error', 'invalid-line', 'invalid number of the map parameters'],
  ])
  expect(config).toMatchObject({
    daemon: false,
    unhandled: [
      { name: 'daemon', args: ['maybe'] },
      { name: 'daemon', args: ['on'] },
    ],
    http: {
      types: { b: ['c'] },
      unhandled: [{ name: 'types', block: [{ name: 'a', block: [] }] }],
      maps: [{ entries: [], unhandled: [{ name: 'x' }] }],
    },
  })
})

test('an include that brought nothing is kept without a word', () => {
  const { config, problems } = read(
    'include a*; http { types { include b*; } map $a $b { include c*; } }',
    true,
  )
  expect(problems).toEqual([])
  expect(config).toMatchObject({
    unhandled: [{ name: 'include', args: ['a*'] }],
    http: {
      unhandled: [{ name: 'types', block: [{ name: 'include', args: ['b*'] }] }],
      maps: [{ unhandled: [{ name: 'include', args: ['c*'] }] }],
    },
  })
})

test('comments stay beside what they are about', () => {
  expect(
    read(`# who
user www; # and why
# the web
http { # all of it
  server {
    # first
    add_header A a;
    # second
    # line
    add_header B b;
    # here
    return 404;
    # end
  } # of server
  map $a $b {
    # nothing
    '' x;
  }
  # kinds
  types { a b; # of a
  }
}`).config,
  ).toMatchObject({
    comments: { user: 'who\nand why' },
    http: {
      note: 'the web\nall of it',
      comments: { types: 'kinds\nof a' },
      servers: [
        {
          comments: {
            'add_header A': 'first',
            'add_header B': 'second\nline',
            return: 'here',
            '}': 'end\nof server',
          },
        },
      ],
      maps: [{ comments: { '': 'nothing' } }],
    },
  })
})

test.each([
  ['http { server { listen 80\n server_name a; } }', 'end "listen" with ";" before "server_name"'],
  ['http { server { location / { proxy_pas http://a; } } }', 'did you mean "proxy_pass"?'],
  [
    'http { server { location ~ ^/a{2}$ { } } }',
    'put quotes around the regular expression: "{" opens a block without them',
  ],
])('%j says what to do', (text, fix) => {
  expect(read(text).problems[0]?.fix).toBe(fix)
})
