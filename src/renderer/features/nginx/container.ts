/** How the exported file runs in a container: the program it is for, at the ports it names. */
import { printListenAddress } from '../../../config/listen.ts'
import type { Config } from '../../../config/model.ts'

/** TCP ports that servers listen on, in order. */
export function portsOf(config: Config): readonly number[] {
  const listens = (config.http?.servers ?? []).flatMap(
    (server) => server.listen ?? [{ address: '*' as const, port: 80 }],
  )
  const ports = listens.flatMap((listen) => {
    const port = Number(/(\d+)$/.exec(printListenAddress(listen))?.[1])
    return Number.isInteger(port) ? [port] : []
  })
  return [...new Set(ports)].sort((a, b) => a - b)
}

/** A compose file for the exported file beside it. */
export function composeText(config: Config): string {
  const ports = portsOf(config)
  // A name in a container is not this machine: without this, 127.0.0.1 would be the container itself.
  const own = JSON.stringify(config).includes('127.0.0.1')
  return [
    'services:',
    '  nginx:',
    '    image: nginx:1.22.1',
    '    volumes:',
    '      - ./nginx.conf:/etc/nginx/nginx.conf:ro',
    ...(own
      ? [
          '    # Upstreams at 127.0.0.1 are on the host, so it has the host\u2019s network.',
          '    network_mode: host',
        ]
      : ports.length
        ? ['    ports:', ...ports.map((port) => `      - "${port}:${port}"`)]
        : []),
    '',
  ].join('\n')
}
