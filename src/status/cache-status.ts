/** Why an exchange was not answered from the cache, and why its answer was not stored: closed lists with a sentence each. */

/** Why not from the cache. */
export const missReasons = {
  'key-not-there': 'Nothing is stored under this key.',
  'variant-not-there': 'Nothing is stored for these request fields, which the stored response varies by.',
  purged: 'What was stored under this key was purged.',
  damaged: 'The stored file was damaged and has been removed.',
  expired: 'What is stored is no longer fresh.',
  bypass: 'A condition of proxy_cache_bypass holds.',
  method: 'The method is not among proxy_cache_methods.',
  'min-uses': 'The key has not been asked for as often as proxy_cache_min_uses wants.',
  'lock-timeout': 'Another request is fetching it, and proxy_cache_lock_timeout is over.',
  'key-too-long': 'The key does not fit into proxy_buffer_size.',
  'cache-off': 'The variable in proxy_cache names no cache here.',
  'no-room': 'The zone has no room for another key.',
  'disk-error': 'The cache folder cannot be read.',
} as const

/** Why the answer was not stored. */
export const storeReasons = {
  'set-cookie': 'The answer sets a cookie.',
  'vary-any': 'The answer varies by everything (Vary: *).',
  'vary-too-long': 'The answer’s Vary is longer than 128 bytes.',
  'no-cache': 'The answer says Cache-Control: no-cache.',
  'no-store': 'The answer says Cache-Control: no-store.',
  private: 'The answer says Cache-Control: private.',
  'max-age-zero': 'The answer says that it is fresh for 0 seconds.',
  malformed: 'The answer’s Cache-Control holds a number that is none.',
  'accel-expires-zero': 'The answer says X-Accel-Expires: 0.',
  'expired-already': 'The answer’s Expires is over, or is no date.',
  'no-valid-time': 'The answer does not say how long it is fresh, and no proxy_cache_valid names its status.',
  'no-cache-condition': 'A condition of proxy_no_cache holds.',
  unbuffered: 'Answers that are not buffered are not stored.',
  upgraded: 'The connection switched to another protocol.',
  intercepted: 'An error page was sent instead of the answer.',
  redirected: 'The answer led to another location (X-Accel-Redirect).',
  incomplete: 'The answer was not whole.',
  'no-room': 'The zone has no room for another key.',
  'purged-meanwhile': 'The key was purged while the answer came.',
  'disk-error': 'The cache folder cannot be written.',
  'origin-failed': 'The origin gave no answer.',
  method: 'The method is not among proxy_cache_methods.',
  'min-uses': 'The key has not been asked for as often as proxy_cache_min_uses wants.',
  'lock-timeout': 'Another request is fetching it, and proxy_cache_lock_timeout is over.',
  'range-offset': 'The range begins beyond proxy_cache_max_range_offset.',
  'key-too-long': 'The key does not fit into proxy_buffer_size.',
  'cache-off': 'The variable in proxy_cache names no cache here.',
} as const

/** A word of `missReasons`. */
export type MissReason = keyof typeof missReasons
/** A word of `storeReasons`. */
export type StoreReason = keyof typeof storeReasons
