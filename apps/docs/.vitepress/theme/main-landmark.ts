/** The theme gives every page but the first one a main landmark; here the first one gets its own. */
export function markMain(): void {
  const content = document.getElementById("VPContent");
  if (content?.classList.contains("is-home")) content.setAttribute("role", "main");
  else content?.removeAttribute("role");
}
