import { writeFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { fakeClock } from '../testing/fake-clock.ts'
import { startWith, type Started } from '../testing/start-with.ts'

let proxy: Started | undefined
afterEach(async () => {
  await proxy?.stop()
  proxy = undefined
})

/** Statuses and the fields that ask for a password. */
function seen(answer: string): string {
  const [head = ''] = answer.split('\r\n\r\n', 1)
  const lines = head.split('\r\n')
  return [lines[0]?.slice(9, 12), ...lines.filter((line) => line.startsWith('WWW-Authenticate'))].join(' ')
}

const basic = `Authorization: Basic ${Buffer.from('me:secret').toString('base64')}`
const wrong = `Authorization: Basic ${Buffer.from('me:wrong').toString('base64')}`

describe('access, auth_basic and satisfy', () => {
  it('let in who is allowed, by the first rule that fits', async () => {
    proxy = await startWith(`server {
      location /in { deny 10.0.0.0/8; allow 127.0.0.0/8; deny all; proxy_pass http://127.0.0.1:81; }
      location /out { deny 127.0.0.1; allow all; proxy_pass http://127.0.0.1:81; }
      location /unix { deny unix:; proxy_pass http://127.0.0.1:81; }
      location /six { deny ::/0; proxy_pass http://127.0.0.1:81; }
    }
    server { listen 81; return 200 origin; }`)
    const statuses = await Promise.all(
      ['/in', '/out', '/unix', '/six'].map(async (path) => seen((await proxy?.get(path)) ?? '')),
    )
    expect(statuses).toEqual(['200', '403', '200', '200'])
    expect(proxy.log.filter((line) => line.includes('forbidden'))).toEqual([
      expect.stringContaining('error: access forbidden by rule, client: 127.0.0.1'),
    ])
  })

  it('ask for a name and a password of the file', async () => {
    proxy = await startWith(`server {
      auth_basic "the realm"; auth_basic_user_file users;
      location / { proxy_pass http://127.0.0.1:81; }
      location /open { auth_basic off; proxy_pass http://127.0.0.1:81; }
      location /gone { auth_basic_user_file none; proxy_pass http://127.0.0.1:81; }
    }
    server { listen 81; return 200 "user=$http_authorization"; }`)
    writeFileSync(`${proxy.folder}users`, '# me:{PLAIN}no\n\nmeme:{PLAIN}x\nme:{PLAIN}secret:comment\n')
    const asks: [string, string[]][] = [
      ['/', []],
      ['/', [basic]],
      ['/', [wrong]],
      ['/open', []],
      ['/gone', [basic]],
    ]
    const answers = []
    for (const [path, lines] of asks) answers.push(seen(await proxy.get(path, lines)))
    expect(answers).toEqual([
      '401 WWW-Authenticate: Basic realm="the realm"',
      '200',
      '401 WWW-Authenticate: Basic realm="the realm"',
      '200',
      '403',
    ])
  })

  it('with satisfy any one is enough, and the field that asked is not sent', async () => {
    proxy = await startWith(`server {
      satisfy any; auth_basic "realm"; auth_basic_user_file users;
      location /both { deny all; proxy_pass http://127.0.0.1:81; }
      location /address { allow 127.0.0.1; deny all; proxy_pass http://127.0.0.1:81; }
    }
    server { listen 81; return 200 origin; }`)
    writeFileSync(`${proxy.folder}users`, 'me:{PLAIN}secret\n')
    expect([
      seen(await proxy.get('/both')),
      seen(await proxy.get('/both', [basic])),
      seen(await proxy.get('/address')),
    ]).toEqual(['401 WWW-Authenticate: Basic realm="realm"', '200', '200'])
  })

  it('the field that asks goes out beside an error page', async () => {
    proxy = await startWith(`server {
      auth_basic "realm"; auth_basic_user_file users; error_page 401 /page;
      location / { proxy_pass http://127.0.0.1:81; }
      location /page { auth_basic off; proxy_pass http://127.0.0.1:81; }
    }
    server { listen 81; return 200 "the page"; }`)
    const answer = await proxy.get('/')
    expect([seen(answer), answer.endsWith('the page')]).toEqual([
      '401 WWW-Authenticate: Basic realm="realm"',
      true,
    ])
  })

  it('auth_delay keeps a 401 back', async () => {
    const clock = fakeClock()
    proxy = await startWith(
      `server { auth_basic "realm"; auth_basic_user_file users; auth_delay 2s; location / { proxy_pass http://127.0.0.1:81; } }`,
      { clock },
    )
    const answer = proxy.get('/')
    await proxy.logged('info: delaying unauthorized request')
    clock.advance(1999)
    expect(proxy.exchanges).toHaveLength(0)
    clock.advance(1)
    expect(seen(await answer)).toBe('401 WWW-Authenticate: Basic realm="realm"')
  })

  it('limit_except keeps methods apart from the others', async () => {
    proxy = await startWith(`server {
      location / { limit_except GET { deny all; } proxy_pass http://127.0.0.1:81; }
    }
    server { listen 81; return 200 origin; }`)
    const ask = async (method: string): Promise<string> =>
      seen((await proxy?.ask(`${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)) ?? '')
    expect([await ask('GET'), await ask('HEAD'), await ask('POST'), await ask('ODD')]).toEqual([
      '200',
      '200',
      '403',
      '403',
    ])
  })
})
