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
      remedy: `Start the service that is to listen on ${upstreamOf(message)}, or correct the port in proxy_pass or in the upstream.`,
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
    /no resolver defined/,
    () => ({
      meaning: 'proxy_pass has a variable with a name in it, and no resolver says who knows names.',
      remedy: 'Write resolver with the address of a name server, or name an upstream instead.',
    }),
  ],
  [
    /sent (?:invalid|no valid) |invalid header|sent unexpected/,
    (message) => ({
      meaning: `${upstreamOf(message)} sent what is no HTTP answer, so the answer was 502.`,
      remedy: 'It may speak TLS where http:// is written, or another protocol; look at what listens there.',
    }),
  ],
  [
    /SSL_do_handshake\(\) failed|SSL: error|certificate verify/i,
    (message) => ({
      meaning: /upstream/.test(message)
        ? `TLS with ${upstreamOf(message)} did not come about.`
        : 'A client gave up the TLS handshake: mostly because it does not believe the certificate.',
      remedy: /upstream/.test(message)
        ? 'Write http:// where the upstream has no TLS; proxy_ssl_server_name on sends it the name it wants.'
        : 'Let the doctor on the Certificates page look at it.',
    }),
  ],
  [
    /limiting connections/,
    () => ({
      meaning: 'limit_conn rejected the request: its key has as many in flight as it may.',
      remedy: 'Raise the number, or look at the hottest keys on the Limits page.',
    }),
  ],
  [
    /directory index of .* is forbidden/,
    () => ({
      meaning: 'A folder was asked for that has no index file, so the answer was 403.',
      remedy: 'Put an index file there, name it in index, or write autoindex on.',
    }),
  ],
  [
    /\(13: Permission denied\)/,
    () => ({
      meaning: 'This program may not read or write the file.',
      remedy: 'Change the rights of the file and of the folders above it.',
    }),
  ],
  [
    /\(24: Too many open files\)|worker_connections are not enough/,
    () => ({
      meaning: 'There are more connections than this program may have at a time.',
      remedy: 'Raise the limit (ulimit -n, worker_connections), or look at who holds so many.',
    }),
  ],
  [
    /rewrite or internal redirection cycle/,
    () => ({
      meaning: 'A rewrite, try_files or error_page led back to itself ten times, so the answer was 500.',
      remedy: 'Let the last step be one that exists: =404, or a location that is not rewritten.',
    }),
  ],
  [
    /client (?:prematurely )?closed connection|client timed out|epoll_wait\(\) reported that client/,
    () => ({
      meaning: 'The client went away before the answer was whole.',
      remedy: 'Nothing, if somebody closed a tab; many of them mean that answers come too slowly.',
    }),
  ],
  [
    /access forbidden by rule/,
    () => ({
      meaning: 'allow and deny turned the address away, so the answer was 403.',
      remedy: 'The first rule that fits decides; allow the address above the deny.',
    }),
  ],
  [
    /user .* (?:was not found|password mismatch)|no user\/password/,
    () => ({
      meaning: 'auth_basic did not accept the name and the password, so the answer was 401.',
      remedy: 'Look whether the name is in auth_basic_user_file, with this password.',
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
