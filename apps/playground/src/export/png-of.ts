/** Turns a picture into pixels. */
import type { Picture } from "./svg-of.ts";

/** Pixels per CSS pixel, so that it can be printed. */
const density = 2;

export async function pngOf({ svg, width, height }: Picture): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width * density;
  canvas.height = height * density;
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser draws no more pictures: close other pages and try again.");
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => {
      if (blob === null) reject(new Error("The picture is too large for this browser: make the window smaller."));
      else resolve(blob);
    }),
  );
}
