/**
 * Finds what is on the disk when the program starts, in the background and in stretches
 * (ngx_http_file_cache_loader). Requests meanwhile look for their own files.
 */
import { opendir } from 'node:fs/promises'
import { isOwnAside, openStored, removeFile } from './disk.ts'
import { fileHash, variantName } from './key.ts'
import type { CacheZone } from './zone.ts'

const storedFile = /^[0-9a-f]{32}$/
const asideFile = /^[0-9a-f]{32}\.\d{10}$/

export class CacheLoader {
  readonly #zone: CacheZone
  #over = false
  #files = 0
  #began = 0

  constructor(zone: CacheZone) {
    this.#zone = zone
  }

  begin(): void {
    this.#began = this.#zone.clock.monotonic()
    this.#walk(this.#zone.folder, 0).then(
      () => this.#finish(),
      (error: unknown) => {
        // What cannot be listed is found by the requests that ask for it.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.#finish()
        else this.#zone.log('crit', `reading cache folder "${this.#zone.folder}" failed: ${String(error)}`)
      },
    )
  }

  dispose(): void {
    this.#over = true
  }

  #finish(): void {
    if (this.#over) return
    const zone = this.#zone
    zone.cold = false
    zone.log('notice', `http file cache: ${zone.folder} ${(zone.diskSize / 1_048_576).toFixed(3)}M`)
  }

  async #walk(folder: string, depth: number): Promise<void> {
    const { levels } = this.#zone
    for await (const item of await opendir(folder)) {
      if (this.#over) return
      const path = `${folder}/${item.name}`
      if (item.isDirectory()) {
        if (depth < levels.length && item.name.length === levels[depth]) await this.#walk(path, depth + 1)
      } else if (depth === levels.length) await this.#file(path, item.name)
    }
  }

  async #file(path: string, name: string): Promise<void> {
    if (storedFile.test(name)) this.#add(path, name)
    // What a program wrote aside that ended before it was whole.
    else if (asideFile.test(name) && !isOwnAside(name)) this.#remove(path)
    const { files, sleep, threshold } = this.#zone.bounds.loader
    const { clock } = this.#zone
    if (++this.#files < files && clock.monotonic() - this.#began < threshold) return
    await new Promise<void>((resolve) => void clock.after(sleep, resolve))
    this.#files = 0
    this.#began = clock.monotonic()
  }

  #add(path: string, hash: string): void {
    const zone = this.#zone
    try {
      const opened = openStored(path)
      if (opened === 'absent') return
      if (opened === 'torn') {
        zone.log('crit', `cache file "${path}" is damaged, it is removed`)
        removeFile(path)
        return
      }
      opened.close()
      const { head, size } = opened
      const name = fileHash(head.key) === hash ? head.key : variantName(hash)
      if (zone.entries.has(name) || zone.isDoomed(name)) return
      if (zone.entries.size >= zone.capacity) {
        removeFile(path)
        return
      }
      const entry = zone.add(name, name === head.key ? name : head.key)
      entry.uses = 1
      zone.found(entry, head, zone.blocks(size))
      zone.touch(entry)
    } catch (error) {
      zone.log('crit', `cache file "${path}" cannot be read: ${String(error)}`)
    }
  }

  #remove(path: string): void {
    try {
      removeFile(path)
    } catch (error) {
      this.#zone.log('crit', `cache file "${path}" cannot be removed: ${String(error)}`)
    }
  }
}
