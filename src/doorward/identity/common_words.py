"""Words that people build passwords from, in lower case and without substitutions such as `0` for `o`."""

COMMON_WORDS: frozenset[str] = frozenset(
    """
    aaa abc abracadabra access account admin administrator adobe alex alexander alexis always amanda amazon america amor
    amore amour and andrea andrew android angel angels anna anthony antonio apple april are arsenal arthur artist asdf
    ashley asshole august austin authorize autumn azerty baby bad bailey banana barcelona baseball basketball batman
    battery bayern bear bearer beautiful beer ben berlin besiktas best bienvenue big bird birthday bitch biteme black
    bless blessed blink blue bonita bonjour boston boy boys brandon brasil broncos brother brown bullshit bunny business
    buster butter butterfly california camaro cameron carlos cat cats celtics change changeit changeme chargers charles
    charlie chatgpt cheese chelsea chicago chicken chocolate chouchou chris christ christian christmas ciao city claude
    club cocacola coffee college company compaq computer connect contrasena contrasenha cookie cool corazon corinthians
    correct correcthorsebatterystaple corvette counterstrike cowboy cowboys crazy crystal cursor cute dad daddy dallas
    damn dan dance daniel dashboard database david debian december default demo demon develop developer devil diamond
    doctor dog dogs dolphin dolphins dominic doudou dragon dumb eagle eagles easter edward eight eminem emma england
    enter estrella eternal ethan eva everton example external facebook faith falcon familie family fat father february
    felix fenerbahce ferrari ficken finance first fish fishing five flamengo flower football for forever forget forza
    four francesca francis freedom friday friend friends fuck fuckoff fuckyou fussball futbol futebol gabriel
    galatasaray galaxy game gamer games gaming gandalf garden gateway geheim george germany gfhjkm ghbdtn ginger girl
    girls github giuseppe god gold good goodbye google grace green grey guest guitar gustavo hallo halloween hamburg
    hammer hannah hannahmontana happy happybirthday harley harry harrypotter haslo hate hates heaven hell hello henry
    heslo hiphop hockey hola home honda hope horse hot house how hugo hundred hunter iceman ichliebedich idiot iloveu
    iloveyou instagram internal international internazionale internet ipad iphone isabella istanbul jack jackson jacob
    james january jasmine jasper jazz jelszo jennifer jessica jessie jesus jesuschrist jetaime joe john johnson jordan
    jordan23 joshua julia july jumps june junior justin juventus karen kennwort killer kitten kitty knight kocham
    kochanie lakers last laura lazy letmein liam liebe like likes linda linkedin linux lion lisa little liverpool login
    london lord louis loulou love lovely loveme loves loveu loveyou lubov lucas lucky luke macos madrid maggie mama man
    manager manchester many march maria marie marina marine mariposa mark marketing marlboro marseille martin mary mason
    master matrix matthew maverick max may mcp melissa mercedes merlin merry metal metallica michael michelle mickey
    microsoft midnight milano miller million mine minecraft misiek mom mommy monday monkey monster morgan moskva
    motdepasse mother much muenchen mum murphy music mustang myname napoli naruto natasha need needforspeed never new
    next nicholas nicole nina nine nintendo nirvana noah not november oauth october office old oliver olivia one
    onedirection openai opensesame orange oscar packers pakistan palmeiras panda papa parol parola pass passat passe
    passord passwd password passwort patrick patriots paul peanut peanutbutter penguin pepper peter philip phoenix
    picture pink playboy player playstation please pokemon police polska porsche power pretty prince princesa princess
    private privet production professional przyjaciolki public punk puppy purple pussy qazwsx quick qwerty qwertz rabbit
    rachel raiders rainbow ranger rangers raptors realmadrid rebecca recover red redsox remember reset residentevil
    richard robert rock rocket rodrigo root rossiya runner safe salasana sales sam samantha sample samsung samuel
    saopaulo sarah satan saturday schatz schatzi school scooter seahawks second secret secure security senha
    seniseviyorum september server service session seven sexy shadow shit sifre silver singer sister six slaptazodis
    slipknot small smart snoopy soccer sofia soleil sommer sonnenschein sonyericsson sophia sophie sorry spartak
    spiderman spring staff staging staple startrek starwars steelers stefano stephen steven student stupid success
    summer sunday sunshine super superman supernatural superuser support susan svetlana sweet swordfish sysadmin system
    taylor teacher team teamo telechargement telecharger temp temporary ten tennis tequiero test tester testing thank
    thanks thankyou the thequickbrownfox third this thomas thousand three thunder thursday tiger tigger tim together
    token tom toor toyota transformers trustme trustno tuesday turtle twitter two ubuntu ugly united university unknown
    user username vacation vascodagama very verygood victor victoria victory viking vincent virus vladimir volkswagen
    vscode wachtwoord wangyi want warcraft warriors was water wednesday welcome whatever whatsapp white who why william
    willow windows winner winter with wizard woaini wolf woman work xsw yamaha yankees yellow yesterday yfnfif you your
    youtube zaq zero zxc zxcvbn
    """.split()  # noqa: SIM905 - hundreds of quoted strings would hide the words
)
