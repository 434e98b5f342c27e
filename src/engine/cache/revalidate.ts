/** The origin says that what is stored is still right (ngx_http_upstream_test_next, ngx_http_file_cache_update_header). */
import { writeValidity } from './disk.ts'
import { validSeconds } from './settings.ts'
import { considerFields } from './storability.ts'
import { parseStoredHead, type StoredHead, type Validity } from './stored.ts'
import type { CacheUse } from './use.ts'

/**
 * Makes the stored response fresh again: for as long as the 304 says, else as the stored response says, counted
 * from now, else as `proxy_cache_valid` has it for the stored status.
 */
export function freshen(use: CacheUse, ignored: ReadonlySet<string>): void {
  const { entry, zone } = use
  const known = use.stored?.head ?? use.known
  if (!known || !entry) return
  if (use.freshUntil === 0) {
    const { staleWhileRevalidate, staleIfError } = use
    const parsed = parseStoredHead(known.text)
    use.staleWhileRevalidate = 0
    use.staleIfError = 0
    if (parsed) considerFields(use, parsed.fields, ignored)
    if (use.freshUntil === 0) {
      use.staleWhileRevalidate = staleWhileRevalidate
      use.staleIfError = staleIfError
      const seconds = validSeconds(use.settings.valid, known.status)
      if (seconds > 0) use.freshUntil = zone.now + seconds
    }
  }
  if (use.freshUntil === 0) return
  const validity: Validity = {
    freshUntil: use.freshUntil,
    staleWhileRevalidate: use.staleWhileRevalidate,
    staleIfError: use.staleIfError,
    storedAt: zone.now,
  }
  const head: StoredHead = { ...known, ...validity }
  const path = zone.pathOf(entry.name)
  try {
    writeValidity(path, known, validity)
  } catch (error) {
    // A file that is gone meanwhile is fetched anew when it is asked for.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') zone.failed(`open() "${path}"`, error)
    return
  }
  zone.revalidated(entry, head)
}
