import fc from 'fast-check'
import { expect, test } from 'vitest'
import { configSchema, type Config, type Kept } from '../config/model.ts'
import { parse } from './parser.ts'
import { print } from './printer.ts'
import { readConfig } from './read.ts'
import { anyConfig } from './testing/any-config.ts'
import { writeConfig } from './write.ts'

/** A table line with such a name would be something else than an entry. */
const special = new Set(['include', 'hostnames', 'volatile', 'ranges', 'proxy', 'delete', 'proxy_recursive'])

function withoutPositions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPositions)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([key]) => key !== 'position')
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutPositions(inner)]))
}

function sayable(config: Config): boolean {
  const tables: (Kept & { entries: [string, string][] })[] = [
    ...(config.http?.maps ?? []),
    ...(config.http?.geos ?? []),
  ]
  return tables.every((table) => table.entries.every(([name]) => !special.has(name)))
}

test('a configuration that is written, printed and read again is the same, and a valid one', () => {
  fc.assert(
    fc.property(anyConfig.filter(sayable), (config) => {
      const { statements, problem } = parse(print(writeConfig(config)), 'f')
      expect(problem).toBeUndefined()
      const read = readConfig(statements)
      expect(read.problems.filter((p) => p.severity === 'error')).toEqual([])
      expect(withoutPositions(read.config)).toEqual(config)
      expect(configSchema.safeParse(read.config).error).toBeUndefined()
    }),
    { numRuns: 300 },
  )
})

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
