/** What may be typed at a place of nginx text: directives, variables behind `$`, names, parameters. */
import type { Context } from '../../config/directive.ts'
import { directiveNamed } from '../../config/directives.ts'
import { builtInVariables, variableFamilies } from '../../config/variables.ts'
import { allowedIn, blockDirective, knownNames } from '../../nginx/blocks.ts'
import { stepArity } from '../../nginx/rewrite-steps.ts'
import { directiveHelp } from './directive-help.ts'
import { declaredNames, type DeclaredNames } from './names.ts'
import { placeAt, type TextPlace } from './place.ts'
import { variableDoc } from './variable-docs.ts'
import { writtenParameters } from './written-forms.ts'

/** One thing that may be typed. */
export interface Offer {
  readonly label: string
  readonly kind: 'directive' | 'block' | 'variable' | 'name' | 'word'
  /** One short word beside it. */
  readonly detail?: string
  readonly doc?: string
  /** What is put in instead of the label; `${}` is where the cursor goes. */
  readonly insert?: string
}

export interface Offers {
  /** What they replace begins here and ends at the cursor. */
  readonly from: number
  readonly offers: readonly Offer[]
}

/** `asked`: somebody pressed a key for it, so that it may come where nothing is typed yet. */
export function complete(
  text: string,
  offset: number,
  options: {
    asked: boolean
    outer?: Context | undefined
    /** The rest of the file, where the text is a piece of one: names are declared there. */
    around?: string | undefined
  },
): Offers | undefined {
  const place = placeAt(text, offset, options.outer)
  if (place.inComment) return undefined
  const names = (): DeclaredNames => declaredNames(`${text}\n${options.around ?? ''}`)
  const typed = place.word.text.slice(0, offset - place.word.from)
  const dollar = /\$\{?(\w*)$/.exec(typed)
  if (dollar && place.before.length > 0)
    return { from: offset - (dollar[1] ?? '').length, offers: variableOffers(names()) }
  if (place.context === 'lines') return undefined
  if (place.before.length === 0) {
    if (typed === '' && !options.asked) return undefined
    return { from: place.word.from, offers: directiveOffers(place.context) }
  }
  const offers = argumentOffers(place, names())
  if (offers.length === 0 || (typed === '' && !options.asked && offers.length > 40)) return undefined
  return { from: place.word.from, offers }
}

const offered = new Map<Context, readonly Offer[]>()

function directiveOffers(context: Context): readonly Offer[] {
  const kept = offered.get(context)
  if (kept) return kept
  const names = [...new Set(knownNames())].filter((name) => name === 'include' || allowedIn(name, context))
  const offers = names.sort().map((name): Offer => {
    const help = directiveHelp(name, context)
    const block = context !== 'upstream' && blockDirective(name) !== undefined
    return {
      label: name,
      kind: block ? 'block' : 'directive',
      ...(help && { doc: help.doc }),
      ...(help && help.applied !== 'engine' && { detail: help.applied === 'export' ? 'exported' : 'kept' }),
      insert: block
        ? `${name}${headOf(name)} {\n    \${}\n}`
        : takesNone(name, context)
          ? `${name};`
          : `${name} \${};`,
    }
  })
  offered.set(context, offers)
  return offers
}

function headOf(name: string): string {
  const heads: Readonly<Record<string, string>> = {
    location: ' /',
    upstream: ' name',
    map: ' $http_upgrade $variable',
    geo: ' $variable',
    split_clients: ' $remote_addr $variable',
    if: ' ($request_method = POST)',
    limit_except: ' GET',
    charset_map: ' koi8-r utf-8',
  }
  return heads[name] ?? ''
}

function takesNone(name: string, context: Context): boolean {
  if (Object.hasOwn(stepArity, name)) return name === 'break'
  return directiveNamed(name, context)?.directive.syntax.arity[1] === 0
}

function variableOffers(names: DeclaredNames): Offer[] {
  const own = names.variables.map((label): Offer => ({
    label,
    kind: 'variable',
    detail: 'yours',
  }))
  const known = [...builtInVariables].map((label): Offer => {
    const doc = variableDoc(label)
    return { label, kind: 'variable', ...(doc && { doc }) }
  })
  const families = variableFamilies.map((label): Offer => {
    const doc = variableDoc(label)
    return { label, kind: 'variable', detail: 'name', ...(doc && { doc }) }
  })
  return [...own, ...known, ...families]
}

function argumentOffers(place: TextPlace, names: DeclaredNames): Offer[] {
  const [directive = ''] = place.before
  const word = (label: string): Offer => ({ label, kind: 'word' })
  const name =
    (detail: string, insert?: (name: string) => string) =>
    (label: string): Offer => ({
      label: insert ? insert(label) : label,
      kind: 'name',
      detail,
    })
  const first = place.before.length === 1
  const context = place.context as Context
  switch (directive) {
    case 'proxy_pass':
      return [...names.upstreams.map(name('upstream', (one) => `http://${one}`)), word('http://127.0.0.1:')]
    case 'proxy_cache':
      return [...names.caches.map(name('cache')), word('off')]
    case 'limit_req':
      return [
        ...names.requestZones.map(name('zone', (one) => `zone=${one}`)),
        ...parametersOf(directive, context),
      ]
    case 'limit_conn':
      return first ? names.connectionZones.map(name('zone')) : []
    case 'access_log':
      return place.before.length === 2
        ? [...names.formats.map(name('format')), ...parametersOf(directive, context)]
        : parametersOf(directive, context)
    case 'error_page':
    case 'try_files':
      return names.locations.map(name('location'))
    case 'proxy_set_header':
    case 'add_header':
      return first ? fieldNames.map(word) : parametersOf(directive, context)
    default:
      return parametersOf(directive, context)
  }
}

function parametersOf(name: string, context: Context): Offer[] {
  const syntax = directiveNamed(name, context)?.directive.syntax
  const words = syntax?.words ?? syntax?.parameters ?? writtenParameters[name] ?? []
  return [...new Set(words)].map((label) => ({ label, kind: 'word' }))
}

/** Fields that people set. */
const fieldNames = [
  'Host',
  'X-Real-IP',
  'X-Forwarded-For',
  'X-Forwarded-Proto',
  'X-Forwarded-Host',
  'X-Forwarded-Port',
  'Upgrade',
  'Connection',
  'Authorization',
  'Accept-Encoding',
  'Strict-Transport-Security',
  'X-Content-Type-Options',
  'X-Frame-Options',
  'Referrer-Policy',
  'Content-Security-Policy',
  'Cache-Control',
  'Access-Control-Allow-Origin',
]
