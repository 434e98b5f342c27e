/** What would become of a request, and where new routes may lead. */
import * as z from 'zod'
import type { Problem } from '../base/problem.ts'
import { configSchema, type Config } from '../config/model.ts'
import type { Explanation, RequestQuestion } from '../status/explanation.ts'
import type { FoundServices, RouteTrial } from '../status/found-services.ts'
import { command, type Contract } from './definition.ts'

/** What would become of a request, or why the configuration that was asked about cannot be run. */
export type ExplainResult =
  | { readonly outcome: 'explained'; readonly explanation: Explanation }
  | { readonly outcome: 'invalid'; readonly problems: readonly Problem[] }

// What would break the request's lines, or be no request, is not sent here either.
const line = z.string().regex(/^[^\r\n\0]*$/)
const questionSchema = z.object({
  url: line.regex(/^https?:\/\/[^/?#\s]+/i).max(100_000),
  method: z
    .string()
    .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/)
    .max(100),
  fields: z.array(z.tuple([line.min(1), line])).max(500),
  client: z.string().max(100).optional(),
})

/** `routes.*` and `services.*` of the contract. */
export const routesContract = {
  /**
   * What would become of a request; nothing is sent. `config`: of this configuration instead of the running one,
   * with the saved differences of this machine.
   */
  'routes.explain': command<ExplainResult, { question: RequestQuestion; config?: Config | undefined }>(
    z.object({ question: questionSchema, config: configSchema.optional() }),
  ),
  /** What listens on this machine and in containers, for the target of a new route. */
  'services.find': command<FoundServices>(),
  /** Really asks a route of this machine once, with GET. */
  'routes.try': command<RouteTrial, { url: string }>(z.object({ url: line.regex(/^https?:\/\/[^/?#\s]+/i) })),
} as const satisfies Contract
