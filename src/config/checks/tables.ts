/** The lines of `map` and `split_clients` blocks, as their modules check them. */
import type { Problem } from '../../base/problem.ts'
import type { Config, MapBlock, SplitClients } from '../model.ts'
import type { ConfigPath } from '../path.ts'
import { eachOf } from '../walk.ts'
import { mistake } from './problems.ts'

export function checkTables(config: Config): Problem[] {
  return [
    ...eachOf('maps', config.http?.maps, ['http']).flatMap(([map, path]) => checkMap(map, path)),
    ...eachOf('splitClients', config.http?.splitClients, ['http']).flatMap(([split, path]) =>
      checkShares(split, path),
    ),
  ]
}

function checkMap({ entries }: MapBlock, path: ConfigPath): Problem[] {
  const seen = new Set<string>()
  return entries.flatMap(([pattern], index) => {
    // Keys do not depend on case; regular expressions are tried one after the other.
    const key = pattern.toLowerCase()
    if (key.startsWith('~') || !seen.has(key)) {
      seen.add(key)
      return []
    }
    const message =
      key === 'default' ? 'duplicate default map parameter' : `conflicting parameter "${pattern}"`
    return [
      mistake('map-duplicate', [...path, 'entries', String(index)], message, 'remove one of the two lines'),
    ]
  })
}

function checkShares({ parts }: SplitClients, path: ConfigPath): Problem[] {
  // In hundredths of a per cent, as nginx counts: two digits behind the point.
  const total = parts.reduce(
    (sum, [share]) => sum + (share === '*' ? 0 : Math.round(Number.parseFloat(share) * 100)),
    0,
  )
  if (total <= 10_000) return []
  return [
    mistake(
      'split-total',
      path,
      'percent total is greater than 100%',
      'let the shares add up to 100 % at most',
    ),
  ]
}
