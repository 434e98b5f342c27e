/** Asks what would become of a request; the newest question's answer counts. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { Problem } from '../../../base/problem.ts'
import type { Config } from '../../../config/model.ts'
import type { Explanation, RequestQuestion } from '../../../status/explanation.ts'
import { ask } from '../../host/ask.ts'
import { useHost } from '../../host/host.ts'

export const useExplain = defineStore('explain', () => {
  const host = useHost()
  const explanation = shallowRef<Explanation>()
  const problems = shallowRef<readonly Problem[]>([])
  const asking = shallowRef(false)
  let asked = 0

  /** `config`: of this draft instead of what runs. */
  async function explain(question: RequestQuestion, config: Config | undefined): Promise<void> {
    const mine = ++asked
    asking.value = true
    const result = await ask('explain the request', () => host.call('routes.explain', { question, config }))
    if (mine !== asked) return
    asking.value = false
    explanation.value = result?.outcome === 'explained' ? result.explanation : undefined
    problems.value = result?.outcome === 'invalid' ? result.problems : []
  }

  function forget(): void {
    asked++
    asking.value = false
    explanation.value = undefined
    problems.value = []
  }

  return { explanation, problems, asking, explain, forget }
})
