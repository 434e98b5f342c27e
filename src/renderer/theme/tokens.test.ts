import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { contrast, over, toLinear, type Oklch } from '../testing/contrast.ts'

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8')

/** The colours of one theme by name. */
function tokensOf(theme: 'dark' | 'light'): Record<string, Oklch> {
  const block = css.slice(css.indexOf(`[data-theme='${theme}'] {`)).split('}')[0] ?? ''
  const found = [...block.matchAll(/--([a-z0-9-]+): oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)/g)]
  return Object.fromEntries(found.map(([, name = '', l, c, h]) => [name, [Number(l), Number(c), Number(h)]]))
}

const surfaces = ['surface-0', 'surface-1', 'surface-2', 'surface-3']
const texts = ['text-1', 'text-2', 'text-3', 'accent']
const meanings = ['ok', 'redirect', 'client-error', 'server-error', 'warning', 'info']

describe.each(['dark', 'light'] as const)('the %s theme', (theme) => {
  const tokens = tokensOf(theme)
  const colour = (name: string): Oklch => {
    const found = tokens[name]
    if (!found) throw new Error(`no token --${name}`)
    return found
  }

  test('has every role the other has', () => {
    expect(Object.keys(tokens).sort()).toEqual(
      Object.keys(tokensOf(theme === 'dark' ? 'light' : 'dark')).sort(),
    )
  })

  test.each([...texts, ...meanings])('%s is readable on every surface', (name) => {
    for (const surface of surfaces)
      expect(contrast(toLinear(colour(name)), toLinear(colour(surface))), surface).toBeGreaterThanOrEqual(4.5)
  })

  test.each(['accent', ...meanings])('%s is readable on its own chip', (name) => {
    const text = toLinear(colour(name))
    for (const surface of ['surface-0', 'surface-1', 'surface-2'])
      expect(contrast(text, over(text, 0.16, toLinear(colour(surface)))), surface).toBeGreaterThanOrEqual(4.5)
  })

  test('what is filled carries its text, and frames of controls are seen', () => {
    expect(contrast(toLinear(colour('on-accent')), toLinear(colour('accent-fill')))).toBeGreaterThanOrEqual(
      4.5,
    )
    for (const surface of ['surface-0', 'surface-1'])
      expect(contrast(toLinear(colour('line-strong')), toLinear(colour(surface)))).toBeGreaterThanOrEqual(3)
  })
})
