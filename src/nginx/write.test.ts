import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Config } from '../config/model.ts'
import { parse } from './parser.ts'
import { print } from './printer.ts'
import { readConfig } from './read.ts'
import { writeConfig } from './write.ts'

test('only what is set is written, in the order of the table', () => {
  const config: Config = {
    http: {
      servers: [
        {
          locations: [{ modifier: '~', pattern: '\\.php$', proxyPass: 'http://a' }],
          rewrites: [{ directive: 'return', code: 204 }],
          serverName: ['a.test'],
          listen: [{ address: '*', port: 80 }],
          unhandled: [{ name: 'lua', args: [] }],
          note: 'the first\n  of many',
          comments: { server_name: 'its name', '}': 'no more', lost: 'its line is gone' },
        },
      ],
    },
  }
  expect(print(writeConfig(config))).toBe(`http {
    # the first
    #   of many
    server {
        listen 80;

        # its name
        server_name a.test;
        lua;
        return 204;

        location ~ \\.php$ {
            proxy_pass http://a;
        }
        # no more
    }
}
`)
})

test('a long log format is written in lines, and reads as the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab $"\'\n'), maxLength: 400 }), (format) => {
      const config: Config = { http: { logFormat: [{ name: 'main', format: `x${format}` }] } }
      expect(readConfig(parse(print(writeConfig(config)), 'f').statements).config).toEqual(config)
    }),
  )
})
