/** What a reading of statements gathers on its way: problems, positions, and what became of each directive. */
import type { Problem } from '../base/problem.ts'
import type { AppliedBy, Invalid } from '../config/directive.ts'
import { pathKey, type ConfigPath } from '../config/path.ts'
import type { Position, Statement } from '../config/statement.ts'

/** A path under construction: a server's key is known only when the server has been read. */
export interface Place {
  readonly parent: Place | undefined
  segment: string
}

export function placeIn(parent: Place, segment: string): Place {
  return { parent, segment }
}

function pathOf(place: Place): ConfigPath {
  const path: string[] = []
  for (let at = place; at.parent; at = at.parent) path.unshift(at.segment)
  return path
}

/** What became of one directive of the text. */
export interface Outcome {
  readonly name: string
  readonly args: readonly string[]
  readonly position?: Position
  /** Where it went in the configuration. */
  readonly path: ConfigPath
  readonly applied: AppliedBy
}

/** Where a problem or an outcome belongs. */
interface Located {
  readonly place: Place
  readonly statement: Statement
}

/** Gathers while blocks are read; `finish` completes the paths. */
export class Reading {
  readonly strict: boolean
  readonly root: Place = { parent: undefined, segment: '' }
  private readonly problems: (Located & { readonly problem: Omit<Problem, 'path' | 'file' | 'line'> })[] = []
  private readonly outcomes: (Located & { readonly applied: AppliedBy })[] = []

  constructor(strict: boolean) {
    this.strict = strict
  }

  /** A mistake nginx would refuse, in its words. */
  error(place: Place, statement: Statement, code: string, { message, fix }: Invalid): void {
    this.problems.push({
      place,
      statement,
      problem: { severity: 'error', code, message, ...(fix && { fix }) },
    })
  }

  /** Something nginx warns of and goes on. */
  warning(place: Place, statement: Statement, code: string, message: string): void {
    this.problems.push({ place, statement, problem: { severity: 'warning', code, message } })
  }

  /** A directive that is not known here: nginx stops, an import keeps it. */
  unknown(place: Place, statement: Statement, { message, fix }: Invalid): void {
    const severity = this.strict ? 'error' : 'warning'
    this.problems.push({
      place,
      statement,
      problem: { severity, code: 'unknown-directive', message, ...(fix && { fix }) },
    })
  }

  /** The directive is now at this place of the configuration. */
  took(place: Place, statement: Statement, applied: AppliedBy): void {
    this.outcomes.push({ place, statement, applied })
  }

  /** The directive and all within it are kept as they are. */
  kept(place: Place, statement: Statement): void {
    this.took(place, statement, 'kept')
    for (const inner of statement.block ?? []) this.kept(place, inner)
  }

  finish(): { problems: Problem[]; outcomes: Outcome[]; positions: Map<string, Position> } {
    const positions = new Map<string, Position>()
    const outcomes = this.outcomes.map(({ place, statement, applied }): Outcome => {
      const { name, args, position } = statement
      const path = pathOf(place)
      if (position && !positions.has(pathKey(path))) positions.set(pathKey(path), position)
      return { name, args, ...(position && { position }), path, applied }
    })
    const problems = this.problems.map(({ place, statement, problem }): Problem => ({
      ...problem,
      path: pathOf(place),
      ...statement.position,
    }))
    return { problems, outcomes, positions }
  }
}
