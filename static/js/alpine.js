// Alpine's build for a strict content security policy; loaded only where x-data is used.
import Alpine from "@alpinejs/csp";

window.Alpine = Alpine;
document.dispatchEvent(new CustomEvent("mc:alpine", { detail: { Alpine } }));
Alpine.start();
