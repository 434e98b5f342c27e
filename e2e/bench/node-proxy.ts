/**
 * The peers from npm as their readmes set them up for keepalive upstreams: `node node-proxy.ts PACKAGE PORT ORIGIN`,
 * where PACKAGE is http-proxy or httpxy.
 */
import http from 'node:http'

const [name, port, origin] = process.argv.slice(2)
const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity })
const target = `http://127.0.0.1:${origin}`
const web = await proxyOf(name ?? '')

http.createServer(web).listen({ port: Number(port), host: '127.0.0.1' })

async function proxyOf(
  packageName: string,
): Promise<(req: http.IncomingMessage, res: http.ServerResponse) => void> {
  if (packageName === 'http-proxy') {
    const { default: httpProxy } = await import('http-proxy')
    const proxy = httpProxy.createProxyServer({ target, agent })
    proxy.on('error', (_error, _req, res) => res.destroy())
    return (req, res) => proxy.web(req, res)
  }
  const { createProxyServer } = await import('httpxy')
  const proxy = createProxyServer({ target, agent })
  return (req, res) => void proxy.web(req, res).catch(() => res.destroy())
}
