/** nginx's own command line, read as nginx reads it (ngx_get_options). */

/** What the arguments ask for. */
export interface NginxOptions {
  help: boolean
  version: boolean
  configure: boolean
  test: boolean
  dump: boolean
  quiet: boolean
  prefix: string | undefined
  conf: string | undefined
  errorLog: string | undefined
  directives: string | undefined
  signal: 'stop' | 'quit' | 'reopen' | 'reload' | undefined
}

/** A wrong argument, in nginx's words. */
export class InvalidOption extends Error {}

const needs = { p: 'directory name', e: 'file name', c: 'file name', g: 'parameter', s: 'parameter' } as const
const signals = ['stop', 'quit', 'reopen', 'reload'] as const

/** Reads the arguments; throws an InvalidOption. */
export function readOptions(args: readonly string[]): NginxOptions {
  const options: NginxOptions = {
    help: false,
    version: false,
    configure: false,
    test: false,
    dump: false,
    quiet: false,
    prefix: undefined,
    conf: undefined,
    errorLog: undefined,
    directives: undefined,
    signal: undefined,
  }
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? ''
    if (!arg.startsWith('-')) throw new InvalidOption(`invalid option: "${arg}"`)
    for (let at = 1; at < arg.length; at++) {
      const letter = arg[at] ?? ''
      if (Object.hasOwn(needs, letter)) {
        const value = at + 1 < arg.length ? arg.slice(at + 1) : args[++i]
        if (value === undefined)
          throw new InvalidOption(`option "-${letter}" requires ${needs[letter as keyof typeof needs]}`)
        setValue(options, letter as keyof typeof needs, value)
        break
      }
      setFlag(options, letter)
    }
  }
  return options
}

function setFlag(options: NginxOptions, letter: string): void {
  switch (letter) {
    case '?':
    case 'h':
      options.help = options.version = true
      break
    case 'v':
      options.version = true
      break
    case 'V':
      options.version = options.configure = true
      break
    case 't':
      options.test = true
      break
    case 'T':
      options.test = options.dump = true
      break
    case 'q':
      options.quiet = true
      break
    default:
      throw new InvalidOption(`invalid option: "${letter}"`)
  }
}

function setValue(options: NginxOptions, letter: keyof typeof needs, value: string): void {
  switch (letter) {
    case 'p':
      options.prefix = value
      break
    case 'e':
      options.errorLog = value
      break
    case 'c':
      options.conf = value
      break
    case 'g':
      options.directives = value
      break
    case 's': {
      const signal = signals.find((name) => name === value)
      if (!signal) throw new InvalidOption(`invalid option: "-s ${value}"`)
      options.signal = signal
    }
  }
}
