/**
 * The configuration as it runs on this machine, as a real nginx could run it here: without what is switched off,
 * with the ports and hosts of the overlay written in place, and with the local authority's certificates.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { effective, localHost, localPort, type Local } from '../config/local.ts'
import type { Config, Location, Server, Upstream } from '../config/model.ts'

/** What the certificates of this machine are asked: the file that holds certificate and key of a name. */
export interface LocalCertificates {
  fileFor(name: string): Promise<string>
}

/** `folder`: where relative paths of certificates start. */
export async function runnableHere(
  config: Config,
  local: Local,
  { folder, certificates }: { folder: string; certificates: LocalCertificates },
): Promise<Config> {
  const { http } = effective(config, local)
  if (!http) return config
  const files = new Map<Server, string>()
  for (const server of http.servers ?? [])
    if (needsLocalCertificate(server, local, folder))
      files.set(server, await certificates.fileFor(certificateNameOf(server)))
  const hosts = <T extends { proxyPass?: string | undefined; locations?: Location[] | undefined }>(
    block: T,
  ): T => ({
    ...block,
    ...(block.proxyPass !== undefined && { proxyPass: mapUrl(local, block.proxyPass) }),
    ...(block.locations && { locations: block.locations.map(hosts) }),
  })
  const serverHere = (server: Server): Server => {
    const listen = (server.listen ?? [{ address: '*', port: 80 }]).map((one) => {
      if (one.port === undefined) return one
      const address = one.address === '*' && local.bind !== null ? local.bind : one.address
      return { ...one, address, port: localPort(local, one.port) }
    })
    const file = files.get(server)
    return {
      ...server,
      listen,
      ...(file !== undefined && { sslCertificate: [file], sslCertificateKey: [file] }),
      ...(server.locations && { locations: server.locations.map(hosts) }),
    }
  }
  const upstreamHere = (upstream: Upstream): Upstream => ({
    ...upstream,
    ...(upstream.server && {
      server: upstream.server.map((one) => ({ ...one, address: localHost(local, one.address) })),
    }),
  })
  return {
    ...config,
    http: {
      ...http,
      ...(http.upstreams && { upstreams: http.upstreams.map(upstreamHere) }),
      ...(http.servers && { servers: http.servers.map(serverHere) }),
    },
  }
}

function mapUrl(local: Local, url: string): string {
  return url.replace(
    /^(https?:\/\/)([^/?]+)/,
    (_whole, scheme: string, host: string) => scheme + localHost(local, host),
  )
}

function needsLocalCertificate(server: Server, local: Local, folder: string): boolean {
  if (local.certificates === 'never' || !server.listen?.some(({ ssl }) => ssl)) return false
  const named = server.sslCertificate ?? []
  return local.certificates === 'always' || !named.some((file) => existsSync(resolve(folder, file)))
}

/** A file has one certificate: that of the first name that is exact. */
function certificateNameOf(server: Server): string {
  return server.serverName?.find((name) => /^[a-z0-9.-]+$/i.test(name)) ?? 'localhost'
}
