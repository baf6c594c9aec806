export function Brand() {
  return (
    <span className="brand">
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M12 21s-7-4.600-7-10a4 4 0 0 1 7-2.600A4 4 0 0 1 19 11c0 5.400-7 10-7 10z" />
        <path d="M8 12h2l1.500-2.500 2 4.500 1.200-2H17" />
      </svg>
      SkyRescue
    </span>
  );
}
