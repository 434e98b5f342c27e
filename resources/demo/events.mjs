// The stream of events of the demo: a tick a second, forever (the HTML standard, server-sent events).

/**
 * Answers every request with a stream; `?ms=` sets the beat. A client that comes back goes on where it was.
 * @type {import('node:http').RequestListener}
 */
export function streamEvents(request, response) {
  const beat = Number(new URL(request.url ?? '/', 'http://events').searchParams.get('ms')) || 1000
  let n = Number(request.headers['last-event-id']) || 0
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  response.write('retry: 2000\n\n')
  const tick = () => {
    n += 1
    response.write(`event: tick\nid: ${n}\ndata: ${JSON.stringify({ n, at: new Date().toISOString() })}\n\n`)
  }
  tick()
  // At most 100 a second: it is watched by people.
  const timer = setInterval(tick, Math.max(beat, 10))
  response.on('close', () => clearInterval(timer))
}
