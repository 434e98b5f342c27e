import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Statement } from '../config/statement.ts'
import { parse } from './parser.ts'
import { print } from './printer.ts'
import { quote } from './quote.ts'

test.each([
  ['a', 'a'],
  ['', '""'],
  ['$host$request_uri', '$host$request_uri'],
  ['${host}:80', '${host}:80'],
  ['\\.php$', '\\.php$'],
  ['^/(\\d+)$', '^/(\\d+)$'],
  ['^/\\d{2}$', '"^/\\d{2}$"'],
  ['a b', '"a b"'],
  ['a;b', '"a;b"'],
  ['1; mode=block', '"1; mode=block"'],
  ['#a', '"#a"'],
  ['a#b', 'a#b'],
  ['}', '"}"'],
  ['a}', 'a}'],
  ['say "a"', '\'say "a"\''],
  ["it's", '"it\'s"'],
  [`both " and '`, `"both \\" and '"`],
  ['a\nb\tc\rd', '"a\\nb\\tc\\rd"'],
  ['a\\', 'a\\\\'],
  ['\\t\\n', '\\\\t\\\\n'],
  ['\\\n', '"\\\\\\n"'],
  ['\\${a', '"\\${a"'],
  ['é', 'é'],
])('%j is written %s', (word, text) => {
  expect(quote(word)).toBe(text)
  expect(parse(`${text};`, 'f').statements[0]?.name).toBe(word)
})

const nasty = fc.oneof(
  fc.string({ unit: fc.constantFrom(...' \t\r\n;{}#"\'\\$()~^*=.:/abntr0é😀\u00a0\0'), maxLength: 12 }),
  fc.string({ maxLength: 20 }),
  fc.constantFrom('', '}', '{', '#', ';', ')', '(', '\\', '"', "'", '${', '${a}', '\uFEFF', 'include'),
)
const comment = fc.string({ unit: fc.constantFrom(...' #;{}"\'\\$ab'), maxLength: 30 })
const { statement } = fc.letrec<{ statement: Statement }>((tie) => ({
  statement: fc.record(
    {
      name: nasty,
      args: fc.array(nasty, { maxLength: 12 }),
      block: fc.array(tie('statement'), { maxLength: 4 }),
      comments: fc.array(comment, { minLength: 1, maxLength: 3 }),
      trailing: comment,
      closing: fc.array(comment, { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ['name', 'args'] },
  ),
}))

/** Without positions, and without the comments of a `}` that is not there. */
function bare(statement: Statement): Statement {
  const { position: _position, block, closing, ...rest } = statement
  return block ? { ...rest, block: block.map(bare), ...(closing && { closing }) } : rest
}

test('what is printed reads as the same statements', () => {
  fc.assert(
    fc.property(
      fc.array(statement, { maxLength: 5 }),
      fc.array(comment, { maxLength: 3 }),
      (statements, end) => {
        const parsed = parse(print(statements, end), 'f')
        expect(parsed.problem).toBeUndefined()
        expect(parsed.statements.map(bare)).toEqual(statements.map(bare))
        expect(parsed.comments).toEqual(end)
      },
    ),
    { numRuns: 500 },
  )
})

test('printing what was read gives the same text again', () => {
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 5 }), (statements) => {
      const text = print(statements)
      expect(print(parse(text, 'f').statements)).toBe(text)
    }),
  )
})

test('text is laid out as people write it', () => {
  const text = `worker_processes auto;
events {}
http { # everything
map $http_upgrade $connection_upgrade {default upgrade; '' close; "a b" c; volatile;}
log_format main '$remote_addr - $remote_user [$time_local] "$request" ' '$status $body_bytes_sent "$http_referer" ' '"$http_user_agent"';
proxy_cache_path /var/cache/nginx levels=1:2 keys_zone=api_cache:10m max_size=1g inactive=60m use_temp_path=off;
# the shop
server {
listen 80;
server_name a.test;
if ($http_x = "b c") { return 403; }
location / {proxy_pass http://a;}
location ~ \\.php$ {} # none
}
}
`
  expect(print(parse(text, 'f').statements)).toBe(`worker_processes auto;

events {}

http { # everything
    map $http_upgrade $connection_upgrade {
        default upgrade;
        ""      close;
        "a b"   c;
        volatile;
    }

    log_format main
        '$remote_addr - $remote_user [$time_local] "$request" '
        '$status $body_bytes_sent "$http_referer" '
        '"$http_user_agent"';
    proxy_cache_path /var/cache/nginx levels=1:2 keys_zone=api_cache:10m max_size=1g inactive=60m
        use_temp_path=off;

    # the shop
    server {
        listen 80;
        server_name a.test;

        if ($http_x = "b c") {
            return 403;
        }

        location / {
            proxy_pass http://a;
        }

        location ~ \\.php$ {
            # none
        }
    }
}
`)
})

test('a note of several lines is several comments, none longer than nginx takes', () => {
  const printed = print([{ name: 'a', args: [], comments: [' b\n c', 'x'.repeat(5000)] }])
  expect(printed.split('\n').slice(0, 2)).toEqual(['# b', '# c'])
  expect(parse(printed, 'f').problem).toBeUndefined()
})

test('nothing prints as nothing', () => {
  expect(print([])).toBe('')
})
