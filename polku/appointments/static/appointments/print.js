// The print button of a worker's day.
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-prints]")) window.print();
});
