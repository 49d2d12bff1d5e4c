/** Numbers of any size in a few characters: 27, 0.42, 8.65e-5. */

/** Three significant digits; powers of ten beyond a thousand and below a thousandth. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  const isPlain = size === 0 || (size >= 9.995e-4 && size < 9995);
  const text = isPlain ? String(Number(value.toPrecision(3))) : value.toExponential(2).replace("e+", "e");
  return text.replace(/^-/, "−");
}
