// Only for tools that read .ts without the Vue plugin (typed ESLint, tsc): vue-tsc resolves the real .vue types,
// because a file that is found wins over a pattern.
declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent
  export default component
}
