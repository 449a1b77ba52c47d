/** Vite's `?raw`: the text of a file, on every runtime. */
declare module '*?raw' {
  const text: string;
  export default text;
}
