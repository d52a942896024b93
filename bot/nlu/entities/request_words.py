"""How questions and orders begin, as the folded text has them."""

from bot.nlu.entities.wordlists import words_of

QUESTIONS = words_of(
    """
    what whats which who whos whose how hows where wheres when whens why can could do does did
    is are am has must will would may should any que q cual cuales quien quienes kien como
    cuanto cuanta cuantos cuantas donde adonde cuando puedo puede puedes pueden podemos podria
    podrias podrian hay debo debemos
    """
)
ORDERS = words_of(
    """
    show tell give list find check look see pull display remind create set make get buy order
    add open start submit file port bring move transfer reassign assign change switch turn have
    let lets send take route archive close end finish wrap put connect talk speak explain
    provision activate deactivate disable enable update stop need want wanna hook point crea
    cree crear creame haz haga hagan pon ponga poner ponme dame deme dime digame muestra muestre
    muestrame muestreme ensename lista listar consulta consultar consulte revisa revise revisar
    busca busque buscar ver abre abra abrir inicia inicie iniciar porta porte portar mueve mueva
    muevan mover pasa pase pasar transfiere transfiera transferir cambia cambie cambiar apaga
    apague prende activa active activar desactiva desactive desactivar manda mande mandar envia
    archiva archivar archiven cierra cierre cerrar termina terminar comunicame comuniqueme
    pasame paseme hablar compra compre comprar pide pida pedir ordena ordene asigna asigne
    asignar reasigna buscame quita quite deja deje saca saque explicame expliqueme necesito
    necesitamos quiero queremos quisiera quisieramos
    """
)
