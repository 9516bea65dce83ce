"""Words that people build passwords from, in lower case and without substitutions such as `0` for `o`."""

COMMON_WORDS: frozenset[str] = frozenset(
    """
    aaa abc access account admin administrator adobe alexander alexis always amanda america andrea andrew angel anthony
    apple april arsenal ashley asshole august austin autumn azerty baby bailey banana baseball basketball batman
    beautiful beer berlin biteme bitch blessed blink blue boston brandon buster butterfly california cameron camaro
    carlos charlie cheese chelsea chicago chicken chocolate christian chris claude cocacola coffee computer compaq
    connect cookie corvette cowboy cowboys crystal dallas daniel dashboard database david december default demo
    diamond doctor dolphin dragon eagle eagles eminem england enter eternal everton example facebook falcon family
    february ferrari fishing flower football forever freedom friday friend friends fuck fuckyou galaxy gandalf garden
    gateway george germany ginger google guest guitar hammer hannah happy harley harrypotter heaven hello hockey home
    honda house hunter iceman iloveyou internet isabella jackson january jasmine jasper jennifer jessica jessie jesus
    johnson jordan jordan23 joshua july june junior justin killer knight lakers letmein liverpool login london love
    lovely loveme loveyou lucky maggie manager manchester march marina marine marlboro martin master matrix matthew
    maverick may melissa mercedes merlin metallica michael michelle mickey microsoft midnight miller minecraft mine
    monday monkey monster morgan mother murphy mustang myname naruto natasha never nicholas nicole nintendo nirvana
    november october oliver orange packers pakistan parola pass passat passe passord passwd passwort password patrick
    peanut pepper phoenix picture playboy pokemon police porsche power prince princess private purple qazwsx qwerty
    qwertz rabbit rachel rainbow ranger rangers raiders rebecca redsox richard robert rocket root runner sample samantha
    samsung samuel saturday scooter secret secure security senha september server service sexy shadow silver slipknot
    snoopy soccer sophie spiderman spring starwars startrek steelers steven student success summer sunday sunshine
    super superman superuser support swordfish sysadmin system taylor teacher temp temporary tennis test tester testing
    this thomas thunder thursday tigger tiger toor toyota trustno trustme tuesday turtle twitter unknown user username
    verygood victoria victory viking virus volkswagen vacation warcraft water wednesday welcome whatever william
    willow windows winner winter wizard wolf yamaha yankees yellow yesterday your youtube zaq xsw zxcvbn asdf zxc
    change changeme changeit contrasena motdepasse wachtwoord haslo slaptazodis salasana jelszo kennwort heslo
    the and you for not with are was who how why one two three four five six seven eight nine ten
    """.split()  # noqa: SIM905 - a hundred quoted strings would hide the words
)
