/** What the cache and the limits did with an exchange, in sentences. */
import { missReasons, storeReasons } from '../../../status/cache-status.ts'
import type { CacheVerdict, ExchangeRecord } from '../../../status/exchange-record.ts'

const cacheSentences: Readonly<Record<CacheVerdict, string>> = {
  HIT: 'It was answered from the cache, without the upstream.',
  MISS: 'The cache had no answer, so the upstream was asked.',
  BYPASS: 'The cache was not looked into.',
  EXPIRED: 'What the cache had was too old, so the upstream was asked.',
  STALE: 'What the cache had was too old, and was sent because the upstream gave no answer.',
  UPDATING: 'What the cache had was too old, and was sent while another request fetches it anew.',
  REVALIDATED: 'What the cache had was too old; the upstream said that it still holds, and it was sent.',
}

/** Sentences about the cache; none where the location has no cache. */
export function cacheWords(record: ExchangeRecord): string[] {
  const { cache, cacheReason, cacheNotStored, cacheExpiredSeconds } = record
  if (cache === undefined) return []
  const words = [cacheSentences[cache]]
  if (cacheReason !== undefined) words.push(reason(missReasons, cacheReason))
  if (cacheExpiredSeconds !== undefined) words.push(`It had not been fresh for ${cacheExpiredSeconds} s.`)
  if (cacheNotStored !== undefined)
    words.push(`It was not stored: ${lowerFirst(reason(storeReasons, cacheNotStored))}`)
  else if (cache === 'MISS' || cache === 'EXPIRED') words.push('The answer was stored.')
  return words
}

function reason(known: Readonly<Record<string, string>>, word: string): string {
  return known[word] ?? `${word}.`
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** What a limit did; undefined where all let it pass at once. */
export function limitWords({ limit, limitZone, limitKey }: ExchangeRecord): string | undefined {
  if (limit === undefined) return undefined
  const zone = limitZone === undefined ? 'A limit' : `The limit ${limitZone}`
  const key = limitKey === undefined ? '' : ` for ${limitKey}`
  switch (limit) {
    case 'DELAYED':
      return `${zone} delayed it${key}.`
    case 'REJECTED':
      return `${zone} rejected it${key}.`
    case 'DELAYED_DRY_RUN':
      return `${zone} would have delayed it${key} (dry run).`
    case 'REJECTED_DRY_RUN':
      return `${zone} would have rejected it${key} (dry run).`
  }
}
