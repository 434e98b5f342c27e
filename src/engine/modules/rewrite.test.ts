import { mkdirSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWith, type Started } from '../testing/start-with.ts'

let started: Started

// Each server is one subject; what reaches /show tells what became of the URI.
beforeAll(async () => {
  started = await startWith(`
    map $uri $mapped { ~^/m/(?<part>.+)$ "part $part"; default other; }
    log_format tested '$status';
    access_log rewrite.log tested;
    error_log rewrite-errors.log info;
    server {
      listen 80;
      set $kind server;
      location /show { return 200 "$uri|$args|$kind"; }
      location /last { rewrite ^/last/(.*)$ /show/$1 last; set $kind unreached; return 200 no; }
      location /break { rewrite ^/break/(.*)$ /show/$1 break; return 200 unreached; }
      location /plain { rewrite ^/plain/(.*)$ /show/$1; rewrite ^/show/(.*)$ /show/$1/$1; }
      location /args { rewrite ^/args/(.*)$ /show?a=$1 last; }
      location /noargs { rewrite ^/noargs /show? last; }
      location /named { rewrite ^/named/(?<kind>\\w+)$ /show last; }
      location /moved { rewrite ^/moved/(.*)$ /new/$1 permanent; }
      location /found { rewrite ^/found/(.*)$ /new/$1 redirect; }
      location /away { rewrite ^/away/(.*)$ http://elsewhere.test/$1; }
      location /loop { rewrite ^ /loop/$uri last; }
      location /void { rewrite ^/void(.*)$ $1 break; return 200 no; }
      location /map/ { rewrite ^/map/(.*)$ /m/$1; return 200 $mapped; }
      location /set { set $a 1; set $b "$a-$a"; set $args x=$b; return 200 "$b $args $arg_x"; }
      location /r404 { return 404; }
      location /r444 { return 444; }
      location /rtext { return 200 "text\\n"; }
      location /rcode { return 418 teapot; }
      location /rurl { return https://elsewhere.test/; }
      location /rrel { return 301 /new; }
      location /r204 { return 204; }
    }
    server {
      listen 81;
      location /is { if ($arg_v) { return 200 yes; } return 200 no; }
      location /eq { if ($arg_v = b) { return 200 yes; } return 200 no; }
      location /ne { if ($arg_v != b) { return 200 yes; } return 200 no; }
      location /re { if ($arg_v ~ ^(a+)$) { return 200 "yes $1"; } return 200 no; }
      location /nre { if ($arg_v !~ ^a) { return 200 yes; } return 200 no; }
      location /rei { if ($arg_v ~* ^a) { return 200 yes; } return 200 no; }
      location /f { if (-f $document_root$arg_v) { return 200 yes; } return 200 no; }
      location /nf { if (!-f $document_root$arg_v) { return 200 yes; } return 200 no; }
      location /d { if (-d $document_root$arg_v) { return 200 yes; } return 200 no; }
      location /e { if (-e $document_root$arg_v) { return 200 yes; } return 200 no; }
      location /x { if (-x $document_root$arg_v) { return 200 yes; } return 200 no; }
      location /lost { if ($arg_v) { proxy_pass http://127.0.0.1:1; } if ($arg_v) { } }
      location /head { add_header X-Of location; if ($arg_v) { add_header X-Of if; } return 200 ok; }
    }
    server {
      listen 82;
      rewrite ^/old/(.*)$ /new/$1;
      if ($arg_stop) { return 403; }
      location /old { return 200 old; }
      location /new { return 200 $uri; }
    }`)
  mkdirSync(`${started.folder}html`, { recursive: true })
  writeFileSync(`${started.folder}html/file`, '')
})
afterAll(() => started.stop())

const whole = (answer: string): string => {
  const status = answer.slice(9, 12)
  const location = /^Location: (.*)\r$/m.exec(answer)?.[1]
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4)
  return [status, location ?? (body.startsWith('<html>') ? '' : body)].filter(Boolean).join(' ')
}

test.each([
  [
    '/last/x?q=1',
    '200 /show/x|q=1|server',
    'last looks for another location, and leaves the steps behind it out',
  ],
  ['/break/x', '404', 'break leaves out the steps behind it and goes on with the content of this location'],
  ['/plain/x', '200 /show/x/x||server', 'without a flag the next rewrite sees the new URI'],
  ['/args/x?q=1', '200 /show|a=x&q=1|server', 'arguments of the request follow those of the rewrite'],
  ['/args/x%26y?q=1', '200 /show|a=x%26y&q=1|server', 'a capture that becomes an argument is escaped again'],
  ['/noargs?q=1', '200 /show||server', 'a question mark at the end drops the arguments'],
  ['/named/x', '200 /show||x', 'a named capture is a variable from then on'],
  ['/moved/a?b=c', '301 http://localhost/new/a?b=c', 'permanent is 301'],
  ['/found/a', '302 http://localhost/new/a', 'redirect is 302'],
  ['/away/a%20b', '302 http://elsewhere.test/a%20b', 'an URL of another host is a redirect by itself'],
  ['/loop', '500', 'ten changes of the URI are too many'],
  ['/void', '500', 'an empty URI is an error'],
  ['/map/x', '200 part x', 'variables see the URI as it is now'],
  ['/set', '200 1-1 x=1-1 1-1', 'set takes effect at once, on $args as well'],
  ['/r404', '404', 'return with a code shows its page'],
  ['/r444', '', 'return 444 closes the connection'],
  ['/rtext', '200 text\n', 'return with a text'],
  ['/rcode', '418 teapot', 'return with a code nobody knows'],
  ['/rurl', '302 https://elsewhere.test/', 'return with an URL alone is 302'],
  ['/rrel', '301 http://localhost/new', 'a path becomes an absolute URL'],
  ['/r204', '204', 'return 204 has no body'],
])('%s answers %j: %s', async (path, answer) => {
  expect(whole(await started.get(path))).toBe(answer)
})

test('what rewrites make of a URI too often, or of an empty one, stands in the error log', async () => {
  await started.get('/loop')
  await started.get('/void')
  expect(started.log.slice(-2).map((line) => line.slice(0, line.indexOf(', client')))).toEqual([
    expect.stringMatching(/^error: rewrite or internal redirection cycle while processing "\/loop\//),
    'error: the rewritten URI has a zero length',
  ])
})

test.each([
  ['/is?v=1', 'yes'],
  ['/is?v=0', 'no'],
  ['/is?v=', 'no'],
  ['/is?v=00', 'yes'],
  ['/eq?v=b', 'yes'],
  ['/eq?v=B', 'no'],
  ['/ne?v=b', 'no'],
  ['/ne', 'yes'],
  ['/re?v=aaa', 'yes aaa'],
  ['/re?v=A', 'no'],
  ['/nre?v=a', 'no'],
  ['/nre?v=b', 'yes'],
  ['/rei?v=A', 'yes'],
  ['/f?v=/file', 'yes'],
  ['/f?v=/', 'no'],
  ['/nf?v=/file', 'no'],
  ['/nf?v=/gone', 'yes'],
  ['/d?v=/', 'yes'],
  ['/d?v=/file', 'no'],
  ['/e?v=/file', 'yes'],
  ['/e?v=/gone', 'no'],
  ['/x?v=/', 'yes'],
  ['/x?v=/gone', 'no'],
])('if: %s says %s', async (path, said) => {
  expect(whole(await started.get(path, [], 81))).toBe(`200 ${said}`)
})

test('an if in a location brings settings of its own', async () => {
  const fields = async (path: string): Promise<string[]> =>
    [...(await started.get(path, [], 81)).matchAll(/^X-Of: (.*)\r$/gm)].map(([, value]) => value ?? '')
  expect([await fields('/head'), await fields('/head?v=1')]).toEqual([['location'], ['if']])
})

test("a server's rewrites run before its locations are looked at", async () => {
  expect(whole(await started.get('/old/a', [], 82))).toBe('200 /new/a')
  expect(whole(await started.get('/old/a?stop=1', [], 82))).toBe('403')
})

test('a proxy_pass of one `if` is lost in the next one that holds', async () => {
  const answer = await started.get('/lost?v=1', [], 81)
  expect(answer).toContain('500 Internal Server Error')
  expect(started.log.some((line) => line.startsWith('alert: no upstream configuration'))).toBe(true)
  expect(await started.get('/lost', [], 81)).toContain('404 Not Found')
})
