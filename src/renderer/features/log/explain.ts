/** What a line of the error log means, and what to do: for the lines everybody meets. */

export interface Explanation {
  readonly meaning: string
  readonly remedy: string
}

/** `upstream: "http://127.0.0.1:4173/x"` → `127.0.0.1:4173`. */
function upstreamOf(message: string): string {
  return /upstream: "[a-z]+:\/\/([^/"]+)/.exec(message)?.[1] ?? 'the upstream'
}

const known: readonly (readonly [RegExp, (message: string) => Explanation])[] = [
  [
    /connect\(\) failed \(111|Connection refused/,
    (message) => ({
      meaning: `Nothing listens on ${upstreamOf(message)}, so the answer was 502.`,
      remedy: 'Start the service, or correct the port in proxy_pass or in the upstream.',
    }),
  ],
  [
    /timed out.*while reading response header/,
    (message) => ({
      meaning: `${upstreamOf(message)} took the request and did not begin to answer in time, so the answer was 504.`,
      remedy: 'Look at what it is doing; where it may take that long, raise proxy_read_timeout.',
    }),
  ],
  [
    /timed out.*while connecting/,
    (message) => ({
      meaning: `${upstreamOf(message)} did not accept the connection in time, so the answer was 504.`,
      remedy: 'The address may be wrong or behind a firewall; a lower proxy_connect_timeout tells sooner.',
    }),
  ],
  [
    /no live upstreams/,
    () => ({
      meaning: 'Every peer of the upstream failed lately and sits out its fail_timeout.',
      remedy: 'Start one of them; max_fails=0 keeps trying a peer however often it fails.',
    }),
  ],
  [
    /temporarily disabled/,
    () => ({
      meaning: 'A peer failed max_fails times and sits out fail_timeout; the others take its requests.',
      remedy: 'Its last failure stands on the Upstreams page.',
    }),
  ],
  [
    /prematurely closed connection while reading response header/,
    (message) => ({
      meaning: `${upstreamOf(message)} closed the connection before it had answered: it may have crashed.`,
      remedy: "Look at the service's own log at this time.",
    }),
  ],
  [
    /too large body/,
    () => ({
      meaning: 'The request body is larger than client_max_body_size, so the answer was 413.',
      remedy: 'Raise client_max_body_size in the location that takes uploads.',
    }),
  ],
  [
    /too big header/,
    () => ({
      meaning: "The head of the upstream's answer does not fit in proxy_buffer_size.",
      remedy: 'Raise proxy_buffer_size, for instance to 16k; large cookies are the usual reason.',
    }),
  ],
  [
    /could not be resolved|host not found/,
    () => ({
      meaning: 'The name of an upstream is not known.',
      remedy: 'Correct the name, or map it to an address of this machine in Settings.',
    }),
  ],
  [
    /limiting requests/,
    () => ({
      meaning: 'limit_req rejected or delayed the request.',
      remedy: 'Raise its rate or burst, or set limit_req_dry_run on while you measure.',
    }),
  ],
  [
    /bind\(\) .*failed \(98/,
    () => ({
      meaning: 'Another program has this port.',
      remedy: 'End it, or open another port here in Settings.',
    }),
  ],
  [
    /open\(\) ".*" failed \(2/,
    () => ({
      meaning: 'A file that was asked for is not there.',
      remedy: 'Check root or alias, and whether the path is added to it or stands for it.',
    }),
  ],
]

/** `undefined` for lines that say all there is to say. */
export function explain(message: string): Explanation | undefined {
  return known.find(([pattern]) => pattern.test(message))?.[1](message)
}
