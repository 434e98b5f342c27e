/** The containers of this machine, asked of Docker's socket: https://docs.docker.com/reference/api/engine/ (ContainerList). */
import { request } from 'node:http'
import type { FoundContainer } from '../status/found-services.ts'

// An engine that starts up keeps nobody waiting.
const timeoutMs = 2000

interface Listed {
  readonly Names?: readonly string[]
  readonly Image?: string
  readonly Ports?: readonly {
    readonly PrivatePort?: number
    readonly PublicPort?: number
    readonly Type?: string
  }[]
  readonly NetworkSettings?: { readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>> }
}

/** Where Docker listens, as `DOCKER_HOST` says it; undefined: not on a socket of this machine. */
export function dockerSocket(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const host = environment['DOCKER_HOST']
  if (host === undefined || host === '') return '/var/run/docker.sock'
  return host.startsWith('unix://') ? host.slice('unix://'.length) : undefined
}

/**
 * Running containers with a TCP port that can be reached from here. Without Docker there are none; rejects where it
 * is there and does not answer.
 */
export async function containers(
  socket: string | undefined,
  platform: NodeJS.Platform = process.platform,
): Promise<FoundContainer[]> {
  if (socket === undefined) return []
  const text = await get(socket, '/containers/json').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') return '[]'
    throw error
  })
  return readContainers(JSON.parse(text) as readonly Listed[], platform)
}

/** A published port is dialled where it is published; on Linux others are reached at the container's address. */
export function readContainers(listed: readonly Listed[], platform: NodeJS.Platform): FoundContainer[] {
  return listed.flatMap(({ Names = [], Image = '', Ports = [], NetworkSettings }) => {
    const name = Names[0]?.replace(/^\//, '') ?? ''
    const ip = Object.values(NetworkSettings?.Networks ?? {}).find(({ IPAddress }) => IPAddress)?.IPAddress
    const found = new Map<number, string>()
    for (const { PrivatePort, PublicPort, Type = 'tcp' } of Ports) {
      if (Type !== 'tcp' || PrivatePort === undefined) continue
      if (PublicPort !== undefined) found.set(PrivatePort, `127.0.0.1:${PublicPort}`)
      else if (ip && platform === 'linux' && !found.has(PrivatePort))
        found.set(PrivatePort, `${ip}:${PrivatePort}`)
    }
    return [...found].map(([port, address]) => ({ name: `${name}:${port}`, address, image: Image }))
  })
}

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, headers: { host: 'docker' }, timeout: timeoutMs }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (piece: string) => (text += piece))
      answer.on('error', reject)
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(text)
        else reject(new Error(`Docker answered ${answer.statusCode} to GET ${path}`))
      })
    })
    asked.on('timeout', () => asked.destroy(new Error(`Docker did not answer within ${timeoutMs / 1000} s`)))
    asked.on('error', reject)
    asked.end()
  })
}
