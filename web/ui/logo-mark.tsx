import "./logo-mark.css";

/** The mark of the product. Silent: its name stands beside it. */
export function LogoMark() {
  return <img className="logo-mark" src="/icon.svg" alt="" width={56} height={56} />;
}
