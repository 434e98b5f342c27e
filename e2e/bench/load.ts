/** The load generators: what was answered, how fast, and that nothing went wrong. */
import { readFileSync, rmSync } from 'node:fs'
import { loadCpu, runPinned } from './processes.ts'

export interface Load {
  /** Requests that were answered as they should. */
  readonly requests: number
  readonly seconds: number
}

/** A short head, and what a browser of today sends with a page's request. */
export const heads = {
  short: [],
  browser: [
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
    'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8',
    'Accept-Encoding: gzip, deflate, br, zstd',
    'Accept-Language: en-GB,en-US;q=0.9,en;q=0.8,de;q=0.7',
    'Cache-Control: max-age=0',
    'Cookie: session=8f14e45fceea167a5a36dedd4bea2543; theme=dark; consent=necessary.analytics; _ga=GA1.1.1234567890.1717171717',
    'Sec-Ch-Ua: "Chromium";v="126", "Not/A)Brand";v="8", "Google Chrome";v="126"',
    'Sec-Ch-Ua-Mobile: ?0',
    'Sec-Ch-Ua-Platform: "Linux"',
    'Sec-Fetch-Dest: document',
    'Sec-Fetch-Mode: navigate',
    'Sec-Fetch-Site: same-origin',
    'Sec-Fetch-User: ?1',
    'Referer: https://app.localhost/overview?from=2024-05-01&to=2024-06-01',
    'Upgrade-Insecure-Requests: 1',
    'Priority: u=0, i',
  ],
} as const satisfies Record<string, readonly string[]>

/** HTTP/1.1 over 64 kept connections, as fast as they are answered. */
export async function wrk(
  url: string,
  seconds: number,
  options: { head?: readonly string[]; connections?: number } = {},
): Promise<Load> {
  const { head = [], connections = 64 } = options
  const fields = head.flatMap((line) => ['-H', line])
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '20s', ...fields, url]
  const said = await runPinned(loadCpu, 'wrk', args, (seconds + 30) * 1000)
  const wrong = /^ {2}(Non-2xx or 3xx responses: \d+|Socket errors: .*)$/m.exec(said)?.[1]
  if (wrong !== undefined) throw new Error(`${url}: ${wrong}`)
  const [, requests, took] = /^ {2}(\d+) requests in ([\d.]+)s/m.exec(said) ?? []
  if (requests === undefined) throw new Error(`wrk said what cannot be read:\n${said}`)
  return { requests: Number(requests), seconds: Number(took) }
}

export interface H2Load extends Load {
  /** `h2` or `http/1.1`. */
  readonly protocol: string
}

/** h2load; `args` are its own. Rejects where a request failed. */
export async function h2load(args: string[], limitSeconds: number): Promise<H2Load> {
  const said = await runPinned(loadCpu, 'h2load', ['-t1', ...args], limitSeconds * 1000)
  const [, succeeded, failed, errored, timeout] =
    /^requests: .* (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout$/m.exec(said) ?? []
  if (succeeded === undefined || Number(succeeded) === 0 || [failed, errored, timeout].some((n) => n !== '0'))
    throw new Error(`h2load ${args.join(' ')}:\n${said}`)
  const [, time, unit] = /^finished in ([\d.]+)(ms|s|us),/m.exec(said) ?? []
  const seconds = Number(time) / { s: 1, ms: 1000, us: 1_000_000 }[unit ?? 's']!
  return {
    requests: Number(succeeded),
    seconds,
    protocol: /^Application protocol: (\S+)$/m.exec(said)?.[1] ?? 'h2c',
  }
}

/** Latencies in milliseconds of requests sent at a fixed rate over 16 kept connections, sorted. */
export async function latencies(
  url: string,
  perSecond: number,
  seconds: number,
  log: string,
): Promise<number[]> {
  rmSync(log, { force: true })
  const connections = 16
  const args = [
    '--h1',
    `-c${connections}`,
    '-m1',
    `-D${seconds}`,
    `--rps=${Math.max(1, Math.round(perSecond / connections))}`,
  ]
  await h2load([...args, `--log-file=${log}`, url], seconds + 30)
  // Microseconds since 1970, status, microseconds it took.
  return readFileSync(log, 'latin1')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Number(line.split('\t')[2]) / 1000)
    .sort((a, b) => a - b)
}
